"""Ranges of SSCCs move to the places: shipping and transfers number their units from them, too."""

from django.db import migrations

RANGES = (
    "INSERT INTO places_sscc_range (prefix, extension, last)"
    " SELECT prefix, extension, last FROM warehouse_sscc_range"
)
SETTINGS = (
    "INSERT INTO places_sscc_setting (site_id, range_id, changed_at, changed_by)"
    " SELECT s.site_id, n.id, s.changed_at, s.changed_by FROM warehouse_sscc_setting s"
    " JOIN warehouse_sscc_range r ON r.id = s.range_id"
    " JOIN places_sscc_range n ON n.prefix = r.prefix AND n.extension = r.extension"
)


class Migration(migrations.Migration):

    dependencies = [
        ('warehouse', '0001_adjustments_and_numbers'),
        ('places', '0003_numbers'),
    ]

    operations = [
        migrations.RunSQL(RANGES, migrations.RunSQL.noop),
        migrations.RunSQL(SETTINGS, migrations.RunSQL.noop),
        migrations.DeleteModel(name='SsccSetting'),
        migrations.DeleteModel(name='SsccRange'),
    ]
