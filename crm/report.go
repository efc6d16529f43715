package crm

import (
	"slices"
	"time"

	"github.com/uptrace/bun"

	"klantkaart/page"
)

// The events of reports; they are the office's.
const (
	ReportCreatedEvent EventKind = "REPORT_CREATED"
	ReportUpdatedEvent EventKind = "REPORT_UPDATED"
)

// Report is a standard report as the office configured it.
type Report struct {
	bun.BaseModel `bun:"table:reports,alias:t"`

	OrganizationID ID
	ID             ID
	Version        int
	CardType       ReportCardType
	Name           string `change:"name"`
	NameKey        string
	Description    *string        `change:"description"`
	ColumnKeys     []string       `bun:"columns,type:text" change:"columns"`
	Filtered       *ReportFilter  `bun:"filter,type:text" change:"filter"`
	OrderBy        []*ReportOrder `bun:"type:text" change:"orderBy"`
	Roles          []Role         `bun:"type:text" change:"roles"`
	CreatedAt      time.Time
	CreatedByID    *ID `bun:"created_by"`
	UpdatedAt      time.Time
	UpdatedByID    *ID        `bun:"updated_by"`
	ArchivedAt     *time.Time `change:"archivedAt"`

	language Language // of who reads it
}

// IsNode marks a Node.
func (*Report) IsNode() {}

// NodeID is the report's id.
func (r *Report) NodeID() ID { return r.ID }

// Columns are the columns it shows, in their order.
func (r *Report) Columns() []*ReportColumn {
	columns := make([]*ReportColumn, len(r.ColumnKeys))
	for i, key := range r.ColumnKeys {
		columns[i] = catalogueOf(r.CardType).named(key).in(r.language)
	}
	return columns
}

// ReportCardType is what the rows of a report are.
type ReportCardType string

// The types.
const (
	CustomerReport ReportCardType = "CUSTOMER"
	RequestReport  ReportCardType = "REQUEST"
	ProjectReport  ReportCardType = "PROJECT"
)

// holds tells whether an id is that of a card of the type.
func (t ReportCardType) holds(id ID) bool {
	prefixes := map[ReportCardType]string{CustomerReport: customerPrefix, RequestReport: requestPrefix, ProjectReport: projectPrefix}
	return id.Prefix() == prefixes[t]
}

// reportable says that there can be reports about a card: there are none about contacts and leads.
func reportable(card ID) error {
	for _, about := range []ReportCardType{CustomerReport, RequestReport, ProjectReport} {
		if about.holds(card) {
			return nil
		}
	}
	return Invalid(Text{
		NL: "Over dit soort kaart zijn er geen rapporten.",
		EN: "There are no reports about this kind of card."}, "input", "cardId")
}

// ReportFilter is which cards a report shows when it runs on all; all given conditions hold.
type ReportFilter struct {
	Archived           Archived
	Stages             []CustomerStage
	Statuses           []EngagementStatus
	Sector             *string
	City               *string
	AccountManagerID   *ID
	HasRunningProjects *bool
}

// ReportOrder is a column that rows are ordered by.
type ReportOrder struct {
	Column    string
	Direction OrderDirection
}

// SaveReportInput is a report as it is to be.
type SaveReportInput struct {
	ID              *ID
	ExpectedVersion *int
	CardType        ReportCardType
	Name            string
	Description     *string
	Columns         []string
	Filter          *ReportFilterInput
	OrderBy         []*ReportOrderInput
	Roles           []Role
}

// ReportFilterInput is a ReportFilter as input.
type ReportFilterInput ReportFilter

// ReportOrderInput is a ReportOrder as input.
type ReportOrderInput ReportOrder

// The limits of a report.
const (
	maxReportName    = 80
	maxReportColumns = 30
)

// apply makes the report what the input says, and notes all faults.
func (in SaveReportInput) apply(r *Report, fields *patching) {
	r.rename(in.Name, fields)
	in.define(r, fields)
}

// define makes the report, but for its name, what the input says. Without a card type, which a definition can lack, what
// depends on it is not judged.
func (in SaveReportInput) define(r *Report, fields *patching) {
	r.Description = fields.part("description", in.Description, upTo(500))
	r.ColumnKeys = in.columns(fields)
	r.OrderBy = in.order(fields)
	r.Filtered = in.filter(fields)
	r.Roles = distinct(in.Roles)
	if len(r.Roles) == 0 {
		fields.refuse("roles", Text{NL: "Kies ten minste één rol die dit rapport mag uitvoeren.", EN: "Choose at least one role that may run this report."})
	}
}

func (r *Report) rename(name string, fields *patching) {
	faults := len(fields.faults)
	if given := fields.part("name", &name, upTo(maxReportName)); given != nil && fold(*given) != "" {
		r.Name, r.NameKey = *given, fold(*given)
	} else if len(fields.faults) == faults {
		fields.refuse("name", missing())
	}
}

func (in SaveReportInput) columns(fields *patching) []string {
	if n := len(in.Columns); n == 0 || n > maxReportColumns {
		fields.refuse("columns", Text{NL: "Een rapport heeft 1 tot 30 kolommen.", EN: "A report has 1 to 30 columns."})
		return nil
	}
	for i, key := range in.Columns {
		switch {
		case in.CardType != "" && catalogueOf(in.CardType).named(key) == nil:
			fields.refuse("columns", unknownColumn(key))
		case slices.Contains(in.Columns[:i], key):
			fields.refuse("columns", Text{NL: "De kolom " + key + " staat er twee keer in.", EN: "The column " + key + " is there twice."})
		}
	}
	return in.Columns
}

func (in SaveReportInput) order(fields *patching) []*ReportOrder {
	order := []*ReportOrder{}
	if len(in.OrderBy) > maxOrderFields {
		fields.refuse("orderBy", Text{NL: "Ten hoogste drie velden.", EN: "At most three fields."})
		return order
	}
	for _, one := range in.OrderBy {
		column := catalogueOf(in.CardType).named(one.Column)
		switch {
		case in.CardType == "":
		case column == nil:
			fields.refuse("orderBy", unknownColumn(one.Column))
		case column.order == "":
			name := cut(one.Column, maxReportName)
			fields.refuse("orderBy", Text{NL: "Op de kolom " + name + " kan niet worden gesorteerd.", EN: "Rows cannot be ordered by the column " + name + "."})
		default:
			order = append(order, (*ReportOrder)(one))
		}
	}
	return order
}

func unknownColumn(key string) Text {
	key = cut(key, maxReportName)
	return Text{NL: "De kolom " + key + " bestaat niet voor dit kaarttype.", EN: "There is no column " + key + " for this type of card."}
}

// filter checks the conditions that can be checked without the store.
func (in SaveReportInput) filter(fields *patching) *ReportFilter {
	if in.Filter == nil {
		return &ReportFilter{Archived: ArchivedExclude}
	}
	filter, at := ReportFilter(*in.Filter), patchingAt(fields.at("filter")...)
	filter.Sector = at.part("sector", filter.Sector, upTo(60))
	filter.City = at.part("city", filter.City, upTo(100))
	filter.Stages, filter.Statuses = distinct(filter.Stages), distinct(filter.Statuses)
	for _, status := range filter.Statuses {
		if in.CardType != "" && !slices.Contains(reportStatuses(in.CardType), status) {
			name := cut(string(status), maxReportName)
			at.refuse("statuses", Text{
				NL: "De status " + name + " hoort niet bij dit kaarttype.",
				EN: "The status " + name + " does not belong to this type of card."})
		}
	}
	fields.faults = append(fields.faults, at.faults...)
	return &filter
}

// reportStatuses are the statuses that cards of a type can have.
func reportStatuses(cardType ReportCardType) []EngagementStatus {
	switch cardType {
	case RequestReport:
		return []EngagementStatus{Open, Honoured, Rejected, Withdrawn}
	case ProjectReport:
		return []EngagementStatus{Planned, Active, OnHold, Ended}
	}
	return nil
}

// customers gives the conditions on relations.
func (f ReportFilter) customers() *CustomerFilter {
	filter := &CustomerFilter{HasRunningProjects: f.HasRunningProjects}
	if f.Sector != nil {
		filter.Sector = &TextFilter{Eq: f.Sector}
	}
	if f.City != nil {
		filter.City = &TextFilter{Eq: f.City}
	}
	if f.AccountManagerID != nil {
		filter.AccountManager = &IDFilter{Eq: f.AccountManagerID}
	}
	return filter
}

// isFor tells whether an actor may know the report: it is for the actor's role, and about what the actor sees.
func (r *Report) isFor(actor Actor) bool {
	return slices.Contains(r.Roles, actor.Role) && (r.CardType == CustomerReport || actor.Rights.Has(ViewEngagements))
}

// mayBeRunBy says whether an actor can ask for the report.
func (r *Report) mayBeRunBy(actor Actor, path ...string) error {
	if !r.isFor(actor) {
		return &Error{Code: Forbidden, Path: path, Text: Text{
			NL: "Dit rapport is niet voor u.",
			EN: "This report is not for you."}}
	}
	return r.inUse(path...)
}

// inUse says that a report was not taken out of use.
func (r *Report) inUse(path ...string) error {
	if r.ArchivedAt == nil {
		return nil
	}
	return &Error{Code: ReportArchived, Path: path, Text: Text{
		NL: "Het rapport is gearchiveerd.",
		EN: "The report was taken out of use."}}
}

// at checks the version that the user was looking at, where one is given.
func (r *Report) at(expectedVersion *int) error {
	if expectedVersion == nil || *expectedVersion == r.Version {
		return nil
	}
	return outdated(r.Version, Text{NL: "Het rapport is intussen gewijzigd.", EN: "The report was changed meanwhile."})
}

type (
	// ReportConnection is a page of reports.
	ReportConnection = page.Connection[*Report]
	// ReportEdge is a row of reports with its place.
	ReportEdge = page.Edge[*Report]
	// ReportRunConnection is a page of reports that were asked for.
	ReportRunConnection = page.Connection[*ReportRun]
	// ReportRunEdge is a row of reports that were asked for, with its place.
	ReportRunEdge = page.Edge[*ReportRun]
)
