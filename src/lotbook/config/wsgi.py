"""The WSGI application: threads for pages and API (limits, section 7)."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lotbook.config.settings")

application = get_wsgi_application()

if os.environ.get("LOTBOOK_SERVING") == "1":
    from lotbook.config.courier import start

    start()
