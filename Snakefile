"""Bayesian analysis of ENEM microdata; the way of the data is the order of the rule files."""

from snakemake.utils import min_version

min_version("9.0")


# beside this file, also where --directory names another place for data and results
configfile: f"{workflow.basedir}/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/0_common.smk"
include: "workflow/rules/1_retrieve.smk"
include: "workflow/rules/2_convert.smk"
include: "workflow/rules/3_tabulate.smk"
include: "workflow/rules/4_fit.smk"
include: "workflow/rules/5_estimate.smk"
include: "workflow/rules/6_check.smk"
include: "workflow/rules/7_compare.smk"
include: "workflow/rules/8_collect.smk"
include: "workflow/rules/9_study.smk"
include: "workflow/rules/9_sensitivity.smk"
include: "workflow/rules/10_draw.smk"
include: "workflow/rules/11_report.smk"
include: "workflow/rules/12_atlas.smk"
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
