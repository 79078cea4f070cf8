/// How much is computed for one recommendation: less for each step where there are many observations, since each step costs more
/// and the posterior is narrower.
struct SearchBudget: Sendable, Hashable {
    /// Samples of the hyperparameters; none is the most likely ones alone.
    var samples: Int
    /// Whether many points are under way.
    var isCrowded = false
    /// At most so many of the samples that a fit has drawn are averaged over.
    var mostSamples = Int.max
    /// Sobol points to begin the search with.
    var sobolPoints: Int
    /// Perturbations of each of the best observations, at each scale.
    var perturbations: Int
    /// Samples that rate every candidate.
    var screening: Int
    /// Candidates that are rated by all samples.
    var rated: Int
    /// Candidates that are refined.
    var refined: Int
    /// Evaluations of the acquisition for one refinement.
    var evaluations: Int

    /// So many pending points are a crowd: one recommendation among them matters less than that it comes soon.
    private static let crowd = 16

    /// The budget at `count` observations, while `pending` points are under way.
    init(_ count: Int, pending: Int, _ recipe: Recipe) {
        (samples, sobolPoints, perturbations, screening, rated, refined, evaluations) =
            switch count {
            case ...48: (recipe.samples, 1024, 24, 2, 200, 6, 60)
            case ...80: (6, 768, 16, 2, 150, 5, 40)
            case ...160: (4, 512, 10, 1, 60, 4, 25)
            case ...400: (2, 320, 6, 1, 40, 3, 20)
            default: (0, 256, 4, 1, 40, 2, 15)
            }
        if recipe.has(.crowd), pending >= Self.crowd {
            (isCrowded, mostSamples) = (true, 2)
            (sobolPoints, perturbations) = (min(sobolPoints, 192), min(perturbations, 3))
            (rated, refined, evaluations) = (.max, 1, count > 400 ? 6 : 12)
        }
        if !recipe.has(.averaging) { samples = 0 }
        if !recipe.has(.refinement) { refined = 0 }
    }
}
