package crm

import (
	"strings"
	"time"
	"unicode"

	"github.com/uptrace/bun"

	"klantkaart/sheet"
)

// ReportRun is a report that was asked for. It is made in the background.
type ReportRun struct {
	bun.BaseModel `bun:"table:report_runs,alias:t"`

	OrganizationID ID
	ID             ID
	Version        int64
	ReportID       ID
	Name           string
	Scope          ReportScope
	Cards          []ID              `bun:"type:text" read:"-"`
	Overview       *CustomerListArgs `bun:"type:text" read:"-"`
	Format         ReportFormat
	Language       Language
	Status         ReportRunStatus
	Done           int
	Total          *int
	Fault          *ReportRunErrorCode
	FileName       *string
	FileSize       *int
	RequestedByID  ID `bun:"requested_by"`
	RequestedAt    time.Time
	Rights         []Right `bun:"type:text"` // those of who asked, then: a key has fewer than its owner
	StartedAt      *time.Time
	FinishedAt     *time.Time
	Attempt        int
	Interruptions  int
	LeaseUntil     *time.Time

	language Language // of who reads it
}

// IsNode marks a Node.
func (*ReportRun) IsNode() {}

// NodeID is the run's id.
func (r *ReportRun) NodeID() ID { return r.ID }

// isFor tells whether an actor sees the run: who asked for it, and administrators; as long as they may see all that it
// was made with.
func (r *ReportRun) isFor(actor Actor) bool {
	if RightsOf(r.Rights...).Viewing()&^actor.Rights != 0 {
		return false
	}
	return r.RequestedByID == actor.UserID || (actor.Rights.Has(EditOfOthers) && actor.SeesAll())
}

// ReportScope is on which cards a report runs.
type ReportScope string

// The scopes.
const (
	CurrentCard   ReportScope = "CURRENT_CARD"
	SelectedCards ReportScope = "SELECTION"
	AllCards      ReportScope = "ALL"
)

// ReportFormat is the form of a report's file.
type ReportFormat string

func (f ReportFormat) sheet() sheet.Format { return sheet.Format(f) }

// maxRows is how many rows a file of the format holds at most.
func (f ReportFormat) maxRows() int { return f.sheet().MaxRows() }

// ReportRunStatus is how far a report is that was asked for.
type ReportRunStatus string

// The statuses.
const (
	RunQueued    ReportRunStatus = "QUEUED"
	RunRunning   ReportRunStatus = "RUNNING"
	RunDone      ReportRunStatus = "DONE"
	RunFailed    ReportRunStatus = "FAILED"
	RunCancelled ReportRunStatus = "CANCELLED"
)

// IsOver tells whether nothing happens to it any more.
func (r *ReportRun) IsOver() bool { return r.FinishedAt != nil }

// ReportProgress is how many rows are written.
type ReportProgress struct {
	Done  int
	Total *int
}

// Progress is how many rows are written.
func (r *ReportRun) Progress() *ReportProgress { return &ReportProgress{Done: r.Done, Total: r.Total} }

// ReportFile is what a report was written to.
type ReportFile struct {
	Name      string
	MediaType string
	Size      int
	URL       string
}

// ReportFiles is where the files of reports are fetched, before their run's id.
const ReportFiles = "/reports/"

// File is what it was written to; nil unless it is done.
func (r *ReportRun) File() *ReportFile {
	if r.FileName == nil {
		return nil
	}
	return &ReportFile{Name: *r.FileName, MediaType: r.Format.sheet().MediaType(), Size: *r.FileSize, URL: ReportFiles + string(r.ID)}
}

// ReportRunErrorCode is why a report failed, for programs.
type ReportRunErrorCode string

// The codes.
const (
	RunForbidden      ReportRunErrorCode = "FORBIDDEN"
	RunReportArchived ReportRunErrorCode = "REPORT_ARCHIVED"
	RunTooLarge       ReportRunErrorCode = "TOO_LARGE"
	RunInterrupted    ReportRunErrorCode = "INTERRUPTED"
	RunInternal       ReportRunErrorCode = "INTERNAL"
)

// ReportRunError is why a report failed.
type ReportRunError struct {
	Code    ReportRunErrorCode
	Message string
}

// Failure is why it failed; nil unless it did.
func (r *ReportRun) Failure() *ReportRunError {
	if r.Fault == nil {
		return nil
	}
	texts := map[ReportRunErrorCode]Text{
		RunForbidden:      {"Dit rapport is niet meer voor de rol van de aanvrager.", "This report is no longer for the role of who asked for it."},
		RunReportArchived: {"Het rapport is intussen gearchiveerd.", "The report was taken out of use meanwhile."},
		RunTooLarge: Textf("Te veel voor %s: ten hoogste %s rijen en %s MB. Kies minder kaarten of een andere vorm.",
			"Too much for %s: at most %s rows and %s MB. Choose fewer cards or another format.", r.Format, r.Format.maxRows(), maxReportFile>>20),
		RunInterrupted: {"De servers die het rapport maakten, stopten telkens. Vraag het opnieuw aan.", "The servers that made the report kept stopping. Ask for it again."},
		RunInternal:    {"Er ging iets mis bij het maken van het rapport.", "Something went wrong while making the report."},
	}
	return &ReportRunError{Code: *r.Fault, Message: texts[*r.Fault].In(r.language)}
}

// fileName is what the file is called: the report's name, without what file systems do not take, and the day.
func (r *ReportRun) fileName(today Date) string {
	safe := strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.In(c, unicode.Cf) || strings.ContainsRune(`/\:*?"<>|`, c) {
			return ' '
		}
		return c
	}, r.Name)
	safe = strings.Trim(strings.Join(strings.Fields(safe), " "), ". ")
	if safe == "" {
		safe = "rapport"
	}
	return safe + " " + string(today) + r.Format.sheet().Extension()
}

// reportChunk is a piece of a report's file.
type reportChunk struct {
	bun.BaseModel `bun:"table:report_chunks,alias:t"`

	OrganizationID ID
	RunID          ID
	Attempt        int
	Ordinal        int
	Content        []byte
}

// The measures of a report's file, in bytes.
const (
	maxReportFile   = 50 << 20
	reportChunkSize = 256 << 10
)
