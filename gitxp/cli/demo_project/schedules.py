"""Learning-rate schedules: from progress (0 to 1) to a factor of the learning rate."""

import math


def step(progress):
    """Drop to a tenth half-way."""
    return 1.0 if progress < 0.5 else 0.1


def cosine(progress):
    """Fall smoothly to nothing."""
    return (1 + math.cos(math.pi * progress)) / 2


SCHEDULES = {"step": step, "cosine": cosine}
