"""Samples whose statistics somebody has printed."""

from __future__ import annotations

import numpy as np

# Efron & Tibshirani, An Introduction to the Bootstrap (1993), table 2.1: days that mice survived.
MICE_TREATED = np.array([94.0, 197, 16, 38, 99, 141, 23])
MICE_CONTROL = np.array([52.0, 104, 146, 10, 51, 30, 40, 27, 46])
# Student (1908): hours of sleep gained by two drugs; R's documentation has their Welch's test.
SLEEP_ONE = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SLEEP_TWO = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
