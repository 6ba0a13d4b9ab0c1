"""Point estimates: MLE, MAP and Laplace of the marginal model, to a verified optimum."""
