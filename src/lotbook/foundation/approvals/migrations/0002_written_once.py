"""Signed decisions stay: the database refuses to change or delete them."""

from django.db import migrations

from lotbook.kernel.triggers import write_once


class Migration(migrations.Migration):
    dependencies = [("approvals", "0001_initial")]
    operations = [write_once("approvals_decision", "what was decided and signed stays")]
