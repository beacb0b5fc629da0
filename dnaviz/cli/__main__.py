"""``python -m dnaviz.cli``."""

import sys

from dnaviz.cli import main

sys.exit(main())
