"""``python -m dnaviz``."""

import sys

from dnaviz.cli import main

sys.exit(main())
