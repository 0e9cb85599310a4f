"""The mark of what was gathered into the question statistics lives with the evidence (`analytics.AttemptEvidence.counted`).

The job's own mark was never set. Its index held every finished job and goes now; its column stays in the table, empty, so that the
release before can still write jobs, and is dropped a release later.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="gradingjob", name="grading_job_uncounted"),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField(model_name="gradingjob", name="counted_at")]),
    ]
