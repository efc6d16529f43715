package crm

import (
	"slices"
	"time"

	"klantkaart/page"
	"klantkaart/sheet"
)

// ExportedList is a list that can be written to a file.
type ExportedList string

// The lists.
const (
	CustomersExported      ExportedList = "CUSTOMERS"
	ContactsExported       ExportedList = "CONTACTS"
	EngagementsExported    ExportedList = "ENGAGEMENTS"
	ProjectsExported       ExportedList = "PROJECTS"
	CommunicationsExported ExportedList = "COMMUNICATIONS"
	CorrespondenceExported ExportedList = "CORRESPONDENCE"
	BillableLinesExported  ExportedList = "BILLABLE_LINES"
)

// ListExportedEvent is the kind of an export, for the other screens of who made it and for the audit. It shows on
// no card: nothing of one changed.
const ListExportedEvent EventKind = "LIST_EXPORTED"

// ExportListInput says which list to export, in which form.
type ExportListInput struct {
	List   ExportedListInput
	Format ReportFormat
}

// ExportedListInput is one of the lists, with the arguments it is shown with.
type ExportedListInput struct {
	Customers      *CustomerListArgs
	Contacts       *ExportedContactsInput
	Engagements    *PipelineArgs
	Projects       *ExportedProjectsInput
	Communications *ExportedCommunicationsInput
	Correspondence *ExportedCommunicationsInput
	BillableLines  *ExportedBillableLinesInput
}

// ExportedContactsInput is the list of contacts of a relation.
type ExportedContactsInput struct {
	CustomerID ID
	ContactListArgs
}

// ExportedProjectsInput is the list of projects of a relation.
type ExportedProjectsInput struct {
	CustomerID ID
	EngagementListArgs
}

// ExportedCommunicationsInput is the timeline of a relation, or what was sent to it.
type ExportedCommunicationsInput struct {
	CustomerID ID
	TimelineArgs
}

// ExportedBillableLinesInput is the list of billable lines of a project.
type ExportedBillableLinesInput struct {
	ProjectID ID
	Statuses  []BillableLineStatus
}

// ExportListPayload is the answer to Export.
type ExportListPayload struct {
	Outcome
	File     *File
	RowCount int
}

// maxExportedRows bounds an export: it is made while the client waits. Reports go further.
const maxExportedRows = 10_000

// ListExport is an export as the log knows it.
type ListExport struct {
	event *Event
}

// ListExportConnection is a page of exports.
type ListExportConnection = page.Connection[*ListExport]

// ListExportEdge is an export with its place.
type ListExportEdge = page.Edge[*ListExport]

// Position is its place in the log.
func (e *ListExport) Position() Position { return e.event.Position() }

// ExportedAt is when it was made.
func (e *ListExport) ExportedAt() time.Time { return e.event.At }

// ExportedByID is who made it.
func (e *ListExport) ExportedByID() *ID { return e.event.ActorID }

// List is which list it was.
func (e *ListExport) List() ExportedList { return ExportedList(e.text("list")) }

// Format is the form of the file.
func (e *ListExport) Format() ReportFormat { return ReportFormat(e.text("format")) }

// RowCount is how many rows the file had.
func (e *ListExport) RowCount() int {
	count, _ := e.value("rowCount").(float64) // as JSON reads numbers
	return int(count)
}

// CardID is the card that the list was of; nil of one of the office.
func (e *ListExport) CardID() *ID {
	if card := ID(e.text("card")); card != "" {
		return &card
	}
	return nil
}

func (e *ListExport) text(field string) string {
	text, _ := e.value(field).(string)
	return text
}

func (e *ListExport) value(field string) any {
	for _, change := range e.event.Changes {
		if change.Field == field {
			return change.To
		}
	}
	return nil
}

// exportColumn is a column of a list whose rows are of one kind.
type exportColumn[N any] struct {
	label Text
	kind  sheet.Kind
	width int
	cell  func(N) any
}

// names tell what the rows point to; they are read page by page, before the rows are written.
type names map[ID]string

func (n names) know(id ID) bool { _, known := n[id]; return known }

func (n names) cell(id *ID) any {
	if id == nil || n[*id] == "" {
		return nil
	}
	return n[*id]
}

// cells names several in one cell; what is not known is left out.
func (n names) cells(ids []ID) any {
	known := slices.DeleteFunc(slices.Clone(ids), func(id ID) bool { return n[id] == "" })
	if len(known) == 0 {
		return nil
	}
	return together(known, func(id ID) string { return n[id] })
}
