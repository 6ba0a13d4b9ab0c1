"""The atlas: what several states and editions say, side by side.

``analyses`` says what was asked for and what is finished, ``tables`` puts the artefacts together,
``measures`` picks the two numbers that compare, ``places`` decides which ranks mean something,
``tile_map``, ``ranking`` and ``trends`` draw, ``page`` writes.  No sentence is written in Python.

On top, ``pooled`` sees all analyses in one model: ``evidence`` takes their priors out,
``hierarchy`` is the model, ``importance`` and ``pareto`` sample its scales, ``pooled_checks``
judges; ``shrinkage`` and ``levels`` draw and ``pooled_section`` says what came out.
"""
