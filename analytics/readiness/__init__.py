"""What a learner knows and how likely they are to pass: pure Python and numpy, no framework.

One Gaussian per learner and exam over the abilities of the exam's tasks and a personal learning speed. The parts:

* ``state``        the Gaussian, its prior, and its bytes
* ``filter``       what time and an answer do to it
* ``curves``       how ability becomes a share of right answers
* ``scores``       scores, intervals, the exam's scale, the chance to pass, the verdict
* ``planning``     what the next minutes are worth
* ``calibration``  the nightly fit of the questions' parameters
* ``marginal``     two-parameter and Rasch fits without priors, to hold against other programs
* ``outcomes``     recalibration by reported exam results
* ``accuracy``     how honest the stated chances were
* ``tuning``       the monthly re-fit of the hyper-parameters
"""
