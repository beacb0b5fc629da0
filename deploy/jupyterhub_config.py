"""dnaviz as a service of JupyterHub, for everybody who may log in there.

``jupyterhub -f jupyterhub_config.py`` starts dnaviz beside the hub, under /services/dnaviz/, and a
link to it stands in the hub's menu. The hub's proxy passes websockets on. dnaviz asks for a token
of its own, since it is no client of the hub: hand it to those who are to use it, as
https://hub.example.org/services/dnaviz/?token=...
"""

import os

c = get_config()  # noqa: F821

c.JupyterHub.services = [
    {
        "name": "dnaviz",
        "url": "http://127.0.0.1:8866",
        "display": True,
        "command": [
            "dnaviz",
            "serve",
            "--no-browser",
            "--port",
            "8866",
            "--strict-port",
            "--base-url",
            "/services/dnaviz/",
            "--max-viewers",
            "40",
            # By the hub's name, its proxy is believed who asks: wrong tokens count by address.
            "--public-host",
            "hub.example.org",
        ],
        "environment": {"DNAVIZ_TOKEN": os.environ["DNAVIZ_TOKEN"]},
    }
]
