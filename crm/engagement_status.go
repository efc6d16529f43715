package crm

import (
	"slices"

	"klantkaart/db"
)

// EngagementStatus is the status within the phase.
type EngagementStatus string

// The statuses; the schema says what each means.
const (
	Open      EngagementStatus = "OPEN"
	Converted EngagementStatus = "CONVERTED"
	Lost      EngagementStatus = "LOST"
	Honoured  EngagementStatus = "HONOURED"
	Rejected  EngagementStatus = "REJECTED"
	Withdrawn EngagementStatus = "WITHDRAWN"
	Planned   EngagementStatus = "PLANNED"
	Active    EngagementStatus = "ACTIVE"
	OnHold    EngagementStatus = "ON_HOLD"
	Ended     EngagementStatus = "ENDED"
)

// statusOn is the status on a day. The calendar moves a project without anyone: it is active from its first
// day on, and over when a settled last day has passed. What is stored is what a colleague last made of it.
func (d *Dossier) statusOn(today Date) EngagementStatus {
	switch {
	case d.Phase != ProjectPhase || d.Status == Ended:
		return d.Status
	case d.IsEndSettled && d.EndOn != nil && *d.EndOn < today:
		return Ended
	case d.Status == OnHold || d.Start == nil: // the first day was not read where no status is wanted
		return d.Status
	}
	return statusFrom(*d.Start, today)
}

// statusFrom is the status of a project without further ado: planned until its first day.
func statusFrom(start, today Date) EngagementStatus {
	if start > today {
		return Planned
	}
	return Active
}

// inStatus is the condition that the status on a day is one of a few; none given is no condition.
func inStatus(statuses []EngagementStatus, today Date) []db.Part {
	byCalendar := []EngagementStatus{Planned, Active, OnHold, Ended}
	if !slices.ContainsFunc(statuses, func(s EngagementStatus) bool { return slices.Contains(byCalendar, s) }) {
		return oneOf("t.status", statuses)
	}
	parts := oneOf("CASE WHEN t.phase <> 'PROJECT' OR t.status = 'ENDED' THEN t.status"+
		" WHEN t.end_settled AND t.end_on < ? THEN 'ENDED' WHEN t.status = 'ON_HOLD' THEN 'ON_HOLD'"+
		" WHEN t.start_on > ? THEN 'PLANNED' ELSE 'ACTIVE' END", statuses)
	parts[0].Args = append([]any{string(today), string(today)}, parts[0].Args...)
	return parts
}

// runsOn tells whether someone is, or is to be, at work on the day: the project is not archived, not
// ended, and its last day has not passed. A start in the future counts: there is a contract.
func (d *Dossier) runsOn(today Date) bool {
	standing := d.Status == Planned || d.Status == Active || d.Status == OnHold
	return d.Phase == ProjectPhase && d.ArchivedAt == nil && standing && (d.EndOn == nil || *d.EndOn >= today)
}

// running is runsOn as a condition on a row; its one value is today.
func running(alias string) string {
	return alias + ".phase = 'PROJECT' AND " + alias + ".archived_at IS NULL AND " +
		alias + ".status IN ('PLANNED', 'ACTIVE', 'ON_HOLD') AND (" + alias + ".end_on IS NULL OR " + alias + ".end_on >= ?)"
}

// mayMove says whether the project can have another first or last day than before. When it is over, it is
// opened again first; and at a prospect nothing begins to run.
func (d *Dossier) mayMove(before *Dossier, customer *Customer, today Date) error {
	field := "endOn"
	if d.Phase != ProjectPhase || sameDay(d.Start, before.Start) && sameDay(d.EndOn, before.EndOn) {
		return nil
	}
	if sameDay(d.EndOn, before.EndOn) {
		field = "startOn"
	}
	if before.statusOn(today) == Ended {
		return projectEnded("input", "patch", field)
	}
	if customer.Stage == Prospect && !before.runsOn(today) && d.runsOn(today) {
		return prospectNeedsRequest("input", "patch", field)
	}
	return nil
}

func sameDay(a, b *Date) bool { return a == b || a != nil && b != nil && *a == *b }

// mayChange says whether the fields can be edited: what was converted, honoured or closed tells how it was.
// An ended project can: its last invoice may need another order number.
func (d *Dossier) mayChange() error {
	switch {
	case d.Phase == LeadPhase:
		return (&Lead{d}).mayGoOn()
	case d.Phase == RequestPhase:
		return (&Request{d}).mayGoOn()
	}
	return nil
}

// mayGoOn says whether the lead is still being worked on.
func (l *Lead) mayGoOn() error {
	if l.Status == Open {
		return nil
	}
	return &Error{Code: LeadNotOpen, Path: []string{"input", "id"}, Text: Text{
		NL: "De lead is al omgezet of verloren.",
		EN: "The lead was converted or lost already."}}
}

// mayGoOn says whether the request is still being worked on.
func (r *Request) mayGoOn() error {
	if r.Status == Open {
		return nil
	}
	return &Error{Code: RequestNotOpen, Path: []string{"input", "id"}, Text: Text{
		NL: "De aanvraag is al gehonoreerd, afgewezen of ingetrokken.",
		EN: "The request was honoured, rejected or withdrawn already."}}
}

// mayArchive says whether it can be taken out of daily use: nobody works on it any more.
func (d *Dossier) mayArchive(today Date) error {
	switch {
	case d.ArchivedAt != nil:
		return &Error{Code: AlreadyArchived, Path: []string{"input", "id"}, Text: Text{
			NL: "De kaart is al gearchiveerd.",
			EN: "The card is archived already."}}
	case d.Status == Open:
		return &Error{Code: EngagementOpen, Path: []string{"input", "id"}, Text: Text{
			NL: "Een open lead of aanvraag wordt eerst afgesloten.",
			EN: "An open lead or request is closed first."}}
	case d.Phase == ProjectPhase && d.statusOn(today) != Ended:
		return projectNotEnded()
	}
	return nil
}

func projectEnded(path ...string) error {
	return &Error{Code: ProjectEnded, Path: path, Text: Text{
		NL: "Het project is beëindigd.",
		EN: "The project is over."}}
}

func projectNotEnded() error {
	return &Error{Code: ProjectNotEnded, Path: []string{"input", "id"}, Text: Text{
		NL: "Het project is niet beëindigd.",
		EN: "The project is not over."}}
}

func prospectNeedsRequest(path ...string) error {
	return &Error{Code: ProspectNeedsHonouredRequest, Path: path, Text: Text{
		NL: "Een potentiële klant krijgt een project door een aanvraag te honoreren.",
		EN: "A prospect gets a project by honouring a request."}}
}
