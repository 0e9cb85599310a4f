"""How Studyloop is put together and run."""

import os

# Algebra on one thread, unless told otherwise; read when numpy is first imported. The products here are narrow, and threads that wait
# for each other on busy processors cost a fit two to three times its time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
