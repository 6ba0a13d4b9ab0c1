"""The workflow, where Snakemake looks for it in a clone."""


include: "workflow/Snakefile"


# the default target of a file that is included does not count by itself
workflow.default_target = rules.all.rule.name
