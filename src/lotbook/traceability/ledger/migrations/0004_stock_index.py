"""Stock is found without walking everything that ever was anywhere."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0003_claims")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="balance",
            index=models.Index(
                condition=models.Q(("on_hand__gt", 0), ("own", True)),
                fields=["lot", "place"],
                name="ledger_balance_stock",
            ),
        ),
    ]
