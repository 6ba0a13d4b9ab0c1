# Fit a mixed model with lme4, whole process timed by who calls: rows.csv formula ML|REML out.csv.
suppressPackageStartupMessages(library(lme4))
given <- commandArgs(trailingOnly = TRUE)
codes <- c("municipality", "school", "school_type", "income_bracket")
rows <- read.csv(given[1], colClasses = setNames(rep("character", 4), codes))
started <- proc.time()[["elapsed"]]
fit <- lmer(as.formula(given[2]), rows, REML = given[3] == "REML")
seconds <- proc.time()[["elapsed"]] - started
spread <- as.data.frame(VarCorr(fit))
found <- c(setNames(spread$sdcor, paste0("sd.", spread$grp)), fixef(fit),
  logLik = c(logLik(fit)), seconds = seconds)
write.csv(data.frame(parameter = names(found), value = found), given[4], row.names = FALSE)
