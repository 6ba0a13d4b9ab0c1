"""Bayesian analysis of ENEM microdata; the way of the data is the order of the includes."""

from snakemake.utils import min_version

min_version("9.0")


# beside this file, also where --directory names another place for data and results
configfile: f"{workflow.basedir}/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/retrieve.smk"
include: "workflow/rules/convert.smk"
include: "workflow/rules/tabulate.smk"
include: "workflow/rules/fit.smk"
include: "workflow/rules/estimate.smk"
include: "workflow/rules/check.smk"
include: "workflow/rules/compare.smk"
include: "workflow/rules/collect.smk"
include: "workflow/rules/municipal.smk"
include: "workflow/rules/study.smk"
include: "workflow/rules/sensitivity.smk"
include: "workflow/rules/draw.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/atlas.smk"
include: "workflow/rules/joint.smk"


# On a cluster these run beside Snakemake: the nodes may lack the network, and links take no time.
localrules:
    download_release,
    link_release,


rule all:
    default_target: True
    input:
        final_outputs,
    message:
        "Everything that the configuration asks for is there"
