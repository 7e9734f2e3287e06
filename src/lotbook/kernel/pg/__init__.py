"""PostgreSQL as every act needs it: ``statements`` are prepared once, ``base`` is Django's engine on top."""
