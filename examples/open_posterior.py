"""Open a posterior with xarray and ArviZ.

Every `posterior.nc` of this project is a NetCDF file.  Run the cells one by one in an editor that
knows `# %%`, or all of them from the project's folder: `uv run python examples/open_posterior.py`.
Set the variable POSTERIOR to the path of another file (of a model with lines by school type).
"""

# %%
import os
from pathlib import Path

import arviz as az
import matplotlib.pyplot as plt
import xarray as xr

path = Path(os.environ.get("POSTERIOR", "results/simulated/RS/mean/school_type/posterior.nc"))
with xr.open_datatree(path, engine="h5netcdf") as file:
    tree = file.load()
print(tree)

# %% [markdown]
# ## What the sampler says
#
# `slope` is points per doubling of family income, `intercept` the expected score at two minimum
# wages, `sigma` and the `tau`s are standard deviations in points.

# %%
names = ["slope_school_type", "intercept_school_type", "sigma"]
summary = az.summary(tree, var_names=names, ci_prob=0.9)
print(summary)
print("divergences:", int(tree["sample_stats"]["diverging"].sum()))

# %% [markdown]
# ## Who is behind each school type
#
# A group without participants still has a posterior: that of a school type about which only the
# others are known.

# %%
participants = tree["observed_data"]["n"].sum("income_bracket").astype(int)
print(participants.to_series().rename("participants"))

# %% [markdown]
# ## The slope of each school type

# %%
slopes = tree["posterior"]["slope_school_type"].stack(sample=("chain", "draw"))
ends = slopes.quantile([0.05, 0.95], "sample")

figure, axes = plt.subplots(figsize=(6, 2.6), layout="constrained")
for row, school_type in enumerate(slopes["school_type"].to_numpy()):
    draws, interval = slopes.sel(school_type=school_type), ends.sel(school_type=school_type)
    axes.plot(interval, [row, row], lw=3, color="#46586B")
    axes.plot(draws.mean(), row, "o", color="#46586B")
labels = [f"{name} (n = {n})" for name, n in participants.to_series().items()]
axes.set_yticks(range(len(labels)), labels)
axes.invert_yaxis()
axes.set_xlabel("Points per doubling of family income, mean and 90% interval")
figure.savefig(path.with_name("slope_by_school_type.png"))
print("wrote", path.with_name("slope_by_school_type.png"))
