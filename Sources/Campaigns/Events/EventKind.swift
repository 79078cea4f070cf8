extension Event {
    /// The kinds of events, each by its word: the last word of the routing key, the `type` in JSON.
    ///
    /// A new kind is a case here and in ``Body``. The compiler then asks for everything else: who publishes it and what its JSON is (this
    /// file), whether a campaign takes it (`CampaignState.refusal(of:_:)`), what it changes (`CampaignState.apply(_:)`), and what people
    /// read of it (`Event.Body.summary(in:)` in Monitoring).
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        case opened, published, withdrawn, present, started, claimed, progressed, measured, failed, dead, held
        case released, returned
        case injected, excluded, included, corrected, commented, moved, budgeted, overdue, unreadable, paused, resumed,
            stopped, finished
    }

    /// The parties of a campaign.
    public enum Party: Hashable, Sendable {
        case planner, worker, `operator`, broker
    }
}

extension Event.Kind {
    /// Who publishes it to a planner. A planner may also say by itself what workers and the broker say of a job.
    public var sender: Event.Party {
        switch self {
        case .opened, .published, .withdrawn, .overdue, .unreadable, .finished: .planner
        case .present, .started, .claimed, .progressed, .measured, .failed, .held, .returned: .worker
        case .dead: .broker
        case .released, .injected, .excluded, .included, .corrected, .commented, .moved, .budgeted, .paused,
            .resumed, .stopped:
            .operator
        }
    }

    /// Whether the ready recommendations are stale after it.
    public var callsForFreshPlans: Bool {
        switch self {
        case .measured, .failed, .dead, .resumed, .held, .released, .returned, .injected, .excluded, .included,
            .corrected, .budgeted, .present:
            true
        case .opened, .published, .withdrawn, .started, .claimed, .progressed, .commented, .moved, .overdue,
            .unreadable, .paused, .stopped, .finished:
            false
        }
    }

    /// Operators' orders.
    public static let orders = allCases.filter { $0.sender == .operator }
}

extension Event.Body {
    /// Its kind.
    public var kind: Event.Kind {
        switch self {
        case .opened: .opened
        case .published: .published
        case .withdrawn: .withdrawn
        case .present: .present
        case .started: .started
        case .claimed: .claimed
        case .progressed: .progressed
        case .measured: .measured
        case .failed: .failed
        case .dead: .dead
        case .held: .held
        case .released: .released
        case .returned: .returned
        case .injected: .injected
        case .excluded: .excluded
        case .included: .included
        case .corrected: .corrected
        case .commented: .commented
        case .moved: .moved
        case .budgeted: .budgeted
        case .overdue: .overdue
        case .unreadable: .unreadable
        case .paused: .paused
        case .resumed: .resumed
        case .stopped: .stopped
        case .finished: .finished
        }
    }

    /// The word for its kind.
    public var type: String { kind.rawValue }

    /// The job that it is about, if one.
    public var job: JobID? {
        switch self {
        case .published(let job): job.id
        case .withdrawn(let reference), .dead(let reference): reference.job
        case .started(let start): start.job
        case .claimed(let claim): claim.job
        case .progressed(let progress): progress.job
        case .measured(let measurement): measurement.job
        case .failed(let failure): failure.job
        case .held(let hold), .returned(let hold): hold.job
        case .released(let release): release.job
        case .injected(let injection): injection.job
        case .excluded(let verdict), .included(let verdict): verdict.job
        case .corrected(let correction): correction.job
        case .commented(let comment): comment.job
        case .moved(let move): move.job
        case .overdue(let overdue): overdue.job
        case .opened, .present, .budgeted, .unreadable, .paused, .resumed, .stopped, .finished: nil
        }
    }

    /// The members of a kind of event, from the event's own object. Those that a campaign has most of are read from the event's container.
    init(
        _ kind: Event.Kind, from decoder: any Decoder, _ members: KeyedDecodingContainer<Event.Key>
    ) throws {
        self =
            switch kind {
            case .opened: .opened(try .init(from: decoder))
            case .published: .published(try .init(members: members))
            case .withdrawn: .withdrawn(try .init(from: decoder))
            case .present: .present(try .init(from: decoder))
            case .started: .started(try .init(members: members))
            case .claimed: .claimed(try .init(from: decoder))
            case .progressed: .progressed(try .init(from: decoder))
            case .measured: .measured(try .init(members: members))
            case .failed: .failed(try .init(from: decoder))
            case .dead: .dead(try .init(from: decoder))
            case .held: .held(try .init(from: decoder))
            case .released: .released(try .init(from: decoder))
            case .returned: .returned(try .init(from: decoder))
            case .injected: .injected(try .init(from: decoder))
            case .excluded: .excluded(try .init(from: decoder))
            case .included: .included(try .init(from: decoder))
            case .corrected: .corrected(try .init(from: decoder))
            case .commented: .commented(try .init(from: decoder))
            case .moved: .moved(try .init(from: decoder))
            case .budgeted: .budgeted(try .init(from: decoder))
            case .overdue: .overdue(try .init(from: decoder))
            case .unreadable: .unreadable(try .init(from: decoder))
            case .paused: .paused(try .init(from: decoder))
            case .resumed: .resumed(try .init(from: decoder))
            case .stopped: .stopped(try .init(from: decoder))
            case .finished: .finished(try .init(from: decoder))
            }
    }

    func encode(to encoder: any Encoder, _ members: inout KeyedEncodingContainer<Event.Key>) throws {
        switch self {
        case .opened(let value): try value.encode(to: encoder)
        case .published(let value): try value.encode(members: &members)
        case .withdrawn(let value), .dead(let value): try value.encode(to: encoder)
        case .present(let value): try value.encode(to: encoder)
        case .started(let value): try value.encode(to: encoder)
        case .claimed(let value): try value.encode(to: encoder)
        case .progressed(let value): try value.encode(to: encoder)
        case .measured(let value): try value.encode(to: encoder)
        case .failed(let value): try value.encode(to: encoder)
        case .held(let value), .returned(let value): try value.encode(to: encoder)
        case .released(let value): try value.encode(to: encoder)
        case .injected(let value): try value.encode(to: encoder)
        case .excluded(let value), .included(let value): try value.encode(to: encoder)
        case .corrected(let value): try value.encode(to: encoder)
        case .commented(let value): try value.encode(to: encoder)
        case .moved(let value): try value.encode(to: encoder)
        case .budgeted(let value): try value.encode(to: encoder)
        case .overdue(let value): try value.encode(to: encoder)
        case .unreadable(let value): try value.encode(to: encoder)
        case .paused(let value), .resumed(let value), .stopped(let value), .finished(let value):
            try value.encode(to: encoder)
        }
    }
}
