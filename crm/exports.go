package crm

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"runtime/debug"

	"klantkaart/db"
	"klantkaart/page"
	"klantkaart/sheet"
)

// Exports write lists to files, as they are shown. What a report chooses and orders is not theirs.
type Exports struct {
	*core
	crm  *CRM
	most int // rows of a list
}

// Export writes a list to a file that the actor alone can fetch, for a day. The file is made before the log is
// written: what breaks off in between leaves a file that nobody knows, and the sweep takes it away. A trial tells
// how many rows there would be, and makes none.
func (s *Exports) Export(ctx context.Context, input ExportListInput) (*ExportListPayload, error) {
	actor, err := ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if err := actor.may(ExportLists); err != nil {
		return nil, err
	}
	list, err := s.list(db.WithFields(ctx, db.Fields{}), actor, input.List)
	if err != nil {
		return nil, err
	}
	id := s.newID(filePrefix)
	var file *File
	if mannerFrom(ctx).Try == nil {
		if file, err = s.store(ctx, actor, list, input.Format); err != nil {
			return nil, err
		}
		id = file.ID
	}
	answer, err := write(ctx, s.core, ExportLists, func(_ context.Context, tx *Tx) (*ExportListPayload, error) {
		changes := []FieldChange{{Field: "list", To: string(list.kind)}, {Field: "format", To: string(input.Format)}, {Field: "rowCount", To: list.count}}
		if list.card != "" {
			changes = append(changes, FieldChange{Field: "card", To: string(list.card)})
		}
		tx.log(&Event{Kind: ListExportedEvent, CustomerID: tx.Actor.UserID, CardID: id, CardVersion: 1, SubjectID: &id, Changes: changes})
		return &ExportListPayload{File: file, RowCount: list.count}, nil
	})
	if err != nil {
		return nil, s.handOut(ctx, file, nil, err)
	}
	return answer, s.handOut(ctx, file, answer.File, nil)
}

// store makes the file while it is being kept: no list is ever held whole.
func (s *Exports) store(ctx context.Context, actor Actor, list *exportedList, format ReportFormat) (*File, error) {
	office, err := s.crm.Users.Organization(ctx)
	if err != nil {
		return nil, err
	}
	now := s.moment()
	head := s.sheetHead(actor.Language, Text{"Lijst", "List"}, list.title, office.Name, now)
	head.Columns = list.columns
	extension := " " + string(s.day(now)) + format.sheet().Extension()
	name, fault := fileName(cut(list.title, maxFileName-len(extension)) + extension)
	if fault != nil {
		return nil, fault
	}
	content, out := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = out.CloseWithError(list.writeTo(ctx, out, format, head)) // it gives no error
	}()
	file, err := s.keep(ctx, actor, name, format.sheet().MediaType(), &measured{content: content, hash: sha256.New(), most: maxReportFile})
	_ = content.Close() // whoever still writes stops; it gives no error
	<-done
	return file, err
}

// exportedList is a list that is about to be written.
type exportedList struct {
	kind    ExportedList
	card    ID // the card it is of; empty of the office
	title   string
	columns []sheet.Column
	count   int
	each    func(ctx context.Context, row func(cells []any) error) error
}

// writeTo writes the rows in their order. A panic fails the export alone.
func (l *exportedList) writeTo(ctx context.Context, to io.Writer, format ReportFormat, head sheet.Head) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
		}
	}()
	out, err := sheet.New(format.sheet(), to, head)
	if err != nil {
		return err
	}
	if err := l.each(ctx, out.Row); err != nil {
		_ = out.Close() // the file is given up
		return fmt.Errorf("write a list: %w", err)
	}
	return out.Close()
}

// listed says how the rows of a list are read and written: page by page, each with the names it shows. It counts
// them first, so that too many are refused before anything is written.
func listed[N any](ctx context.Context, s *Exports, about *exportPage, columns []exportColumn[N],
	read func(context.Context, page.Args) (*page.Connection[N], error), tell func(context.Context, []N) error,
) (*exportedList, error) {
	list := &exportedList{}
	for _, column := range columns {
		list.columns = append(list.columns, sheet.Column{Label: column.label.In(about.language), Kind: column.kind, Width: column.width})
	}
	size := 100
	window := page.Args{First: &size}
	first, err := read(ctx, window)
	if err != nil {
		return nil, err
	}
	if list.count, err = first.TotalCount(ctx); err != nil {
		return nil, err
	}
	if list.count > s.most {
		return nil, tooManyRows(s.most)
	}
	list.each = func(ctx context.Context, row func([]any) error) error {
		list.count = 0
		for rows := first; ; {
			if err := tell(ctx, rows.Nodes); err != nil {
				return err
			}
			for _, node := range rows.Nodes {
				cells := make([]any, len(columns))
				for i, column := range columns {
					cells[i] = column.cell(node)
				}
				if err := row(cells); err != nil {
					return err
				}
			}
			list.count += len(rows.Nodes)
			if !rows.PageInfo().HasNextPage {
				return nil
			}
			window.After = rows.PageInfo().EndCursor
			if rows, err = read(ctx, window); err != nil {
				return err
			}
		}
	}
	return list, nil
}

func tooManyRows(most int) *Error {
	return &Error{Code: LimitExceeded, Path: []string{"input", "list"}, Text: Textf(
		"Een lijst heeft ten hoogste %s rijen; beperk haar, of gebruik een rapport.",
		"A list has at most %s rows; narrow it down, or use a report.", most)}
}

// List gives a page of the exports that the actor may know of, newest first: all of them for who keeps the rights, but
// their own for who does not see all cards, because an export names what it was narrowed down to.
func (s *Exports) List(ctx context.Context, window page.Args) (*ListExportConnection, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where := []db.Part{ofOrganization(actor.OrganizationID), {SQL: "t.kind = ?", Args: []any{string(ListExportedEvent)}}}
	if !actor.Rights.Has(Administer) || actor.SeesOwnCards() {
		where = append(where, db.Part{SQL: "t.actor_id = ?", Args: []any{string(actor.UserID)}})
	}
	list := listing[*Event, *ListExport]{
		table: "events", where: where, scope: scope("exports"),
		node: func(e *Event) *ListExport { return &ListExport{e} }, row: func(e *ListExport) *Event { return e.event },
		keys: []key[*Event]{{column: "t.position", direction: Descending, number: func(e *Event) int64 { return e.Number }}},
	}
	return list.page(db.WithFields(ctx, db.Fields{}), conn, window)
}
