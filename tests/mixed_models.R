# Fit mixed models with lme4 and nlme; writes model, parameter, value.
suppressPackageStartupMessages({
  library(lme4)
  library(nlme)
})
paths <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(paths[1], colClasses = c(school = "character", municipality = "character"))
rows$type <- factor(rows$school_type, levels = c("federal", "estadual", "municipal", "privada"))

of_lme4 <- function(formula, reml) {
  tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5))
  fit <- lmer(formula, rows, REML = reml, control = tight)
  spread <- as.data.frame(VarCorr(fit))
  c(setNames(spread$sdcor, paste0("sd.", spread$grp)), fixef(fit), logLik = c(logLik(fit)))
}

of_nlme <- function(fixed, random, data, method) {
  data$type <- droplevels(data$type)
  tight <- lmeControl(msMaxIter = 500, maxIter = 500, tolerance = 1e-9, msTol = 1e-10)
  fit <- lme(fixed, data, random, weights = varIdent(form = ~ 1 | type), method = method,
    control = tight)
  ratio <- coef(fit$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)
  sigma <- fit$sigma * ratio
  spread <- VarCorr(fit)
  level <- suppressWarnings(as.numeric(spread[, "StdDev"]))
  level <- level[which(!is.na(level))]
  school <- level[length(level) - 1]
  c(setNames(sigma, paste0("sigma.", names(ratio))), sd.school = school, fixef(fit),
    logLik = c(logLik(fit)))
}

known <- subset(rows, type != "municipal")
found <- list(
  constant = of_lme4(score ~ 1 + (1 | school), FALSE),
  constant_reml = of_lme4(score ~ 1 + (1 | school), TRUE),
  income = of_lme4(score ~ x + (1 | school), FALSE),
  income_reml = of_lme4(score ~ x + (1 | school), TRUE),
  nested = of_lme4(score ~ x + (1 | municipality) + (1 | school), FALSE),
  types = of_lme4(score ~ x + type + (1 | municipality) + (1 | school), FALSE),
  brackets = of_lme4(score ~ x + (1 | income_bracket) + (1 | school), FALSE),
  lines = of_lme4(score ~ 0 + type + type:x + (1 | school), TRUE),
  sigmas = of_nlme(score ~ 0 + type + type:x, ~ 1 | school, known, "REML")
)
table <- do.call(rbind, lapply(names(found), function(name) {
  data.frame(model = name, parameter = names(found[[name]]), value = found[[name]])
}))
write.csv(table, paths[2], row.names = FALSE)
