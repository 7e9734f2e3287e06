"""``python -m lotbook``."""

import sys

from lotbook.config.main import main

sys.exit(main())
