"""Steps of documents stay: the database refuses to change or delete them."""

from django.db import migrations

from lotbook.kernel.triggers import write_once


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]
    operations = [write_once("documents_step", "record another step")]
