"""How measured disease changed, by every criterion that can be computed; none of them is chosen.

Pure functions over measurements. Sizes are millimetres, attenuations Hounsfield units (HU).
"""
