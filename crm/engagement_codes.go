package crm

// The kinds of events of leads, requests and projects after their beginning; the schema says what each means.
const (
	LeadUpdatedEvent      EventKind = "LEAD_UPDATED"
	LeadConvertedEvent    EventKind = "LEAD_CONVERTED"
	LeadLostEvent         EventKind = "LEAD_LOST"
	LeadReopenedEvent     EventKind = "LEAD_REOPENED"
	LeadArchivedEvent     EventKind = "LEAD_ARCHIVED"
	LeadRestoredEvent     EventKind = "LEAD_RESTORED"
	RequestUpdatedEvent   EventKind = "REQUEST_UPDATED"
	RequestRejectedEvent  EventKind = "REQUEST_REJECTED"
	RequestWithdrawnEvent EventKind = "REQUEST_WITHDRAWN"
	RequestReopenedEvent  EventKind = "REQUEST_REOPENED"
	RequestArchivedEvent  EventKind = "REQUEST_ARCHIVED"
	RequestRestoredEvent  EventKind = "REQUEST_RESTORED"
	ProjectUpdatedEvent   EventKind = "PROJECT_UPDATED"
	ProjectStartedEvent   EventKind = "PROJECT_STARTED"
	ProjectHeldEvent      EventKind = "PROJECT_HELD"
	ProjectResumedEvent   EventKind = "PROJECT_RESUMED"
	ProjectEndedEvent     EventKind = "PROJECT_ENDED"
	ProjectCancelledEvent EventKind = "PROJECT_CANCELLED"
	ProjectReopenedEvent  EventKind = "PROJECT_REOPENED"
	ProjectArchivedEvent  EventKind = "PROJECT_ARCHIVED"
	ProjectRestoredEvent  EventKind = "PROJECT_RESTORED"
)

// The codes of what stands in the way of a step; the schema says what each means.
const (
	LeadNotOpen       ErrorCode = "LEAD_NOT_OPEN"
	LeadNotLost       ErrorCode = "LEAD_NOT_LOST"
	RequestNotClosed  ErrorCode = "REQUEST_NOT_CLOSED"
	EngagementOpen    ErrorCode = "ENGAGEMENT_OPEN"
	ProjectNotPlanned ErrorCode = "PROJECT_NOT_PLANNED"
	ProjectNotRunning ErrorCode = "PROJECT_NOT_RUNNING"
	ProjectNotOnHold  ErrorCode = "PROJECT_NOT_ON_HOLD"
	ProjectEnded      ErrorCode = "PROJECT_ENDED"
	ProjectNotEnded   ErrorCode = "PROJECT_NOT_ENDED"
)
