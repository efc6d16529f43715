package crm

import (
	"context"
	"fmt"
	"slices"
	"time"

	"klantkaart/db"
	"klantkaart/page"
)

// ApproveBillableLinesInput says which lines are approved, by whom.
type ApproveBillableLinesInput struct {
	Ids  []ID
	Gate *ApprovalGate
}

// ApproveBillableLinesPayload is the answer to Approve.
type ApproveBillableLinesPayload struct {
	Outcome
	Lines []*BillableLine
}

// maxLines bounds how many lines change at once.
const maxLines = 100

// Approve notes an approval of lines; each is approved once all have approved whom its project's preferences
// name.
func (s *BillableLines) Approve(ctx context.Context, input ApproveBillableLinesInput) (*ApproveBillableLinesPayload, error) {
	return write(ctx, s.core, EditBilling, func(ctx context.Context, tx *Tx) (*ApproveBillableLinesPayload, error) {
		lines, err := tx.lockLines(ctx, distinct(input.Ids), "ids")
		if err != nil {
			return nil, err
		}
		if err := checkCount(len(lines), maxLines, "ids"); err != nil {
			return nil, err
		}
		wanted, err := tx.gatesOf(ctx, lines)
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			before := *line
			if err := line.approve(input.Gate, wanted[line.ProjectID], tx); err != nil {
				return nil, err
			}
			if err := tx.saveLine(ctx, BillableLineApprovedEvent, &before, line); err != nil {
				return nil, err
			}
		}
		return &ApproveBillableLinesPayload{Lines: lines}, nil
	})
}

// checkCount wants at least one and at most so many.
func checkCount(n, most int, argument string) error {
	if n > 0 && n <= most {
		return nil
	}
	return Invalid(Textf("Ten minste één en ten hoogste %s.", "At least one and at most %s.", most), "input", argument)
}

// gatesOf tells for the project of each line who approves.
func (tx *Tx) gatesOf(ctx context.Context, lines []*BillableLine) (map[ID][]ApprovalGate, error) {
	var owners []invoicingOwner
	for _, line := range lines {
		owners = append(owners, invoicingOwner{id: line.ProjectID, level: ProjectLevel, customer: &line.CustomerID})
	}
	found, err := cascades(ctx, tx.Conn, tx.Actor.OrganizationID, owners)
	if err != nil {
		return nil, err
	}
	gates := make(map[ID][]ApprovalGate, len(lines))
	for i, line := range lines {
		gates[line.ProjectID] = found[i].effective().gates()
	}
	return gates, nil
}

// ProposeInvoiceInput says what to propose for invoicing.
type ProposeInvoiceInput struct {
	ProjectID ID
	LineIds   *[]ID
}

// ProposeInvoicePayload is the answer to Propose.
type ProposeInvoicePayload struct {
	Outcome
	Proposals []*InvoiceProposal
}

// InvoiceProposal is lines of a project that are to become one invoice.
type InvoiceProposal struct {
	Number string
	Lines  []*BillableLine
}

// Total is what the lines come to.
func (p *InvoiceProposal) Total() Money {
	return Money{Amount: totalOf(p.Lines)}
}

// totalOf is the sum of the amounts of lines.
func totalOf(lines []*BillableLine) Decimal {
	var sum Decimal
	for _, line := range lines {
		sum += line.AmountCents
	}
	return sum
}

// Propose puts the approved lines of a project on invoice proposals: one, or one for each worker or week where
// its preferences want that.
func (s *BillableLines) Propose(ctx context.Context, input ProposeInvoiceInput) (*ProposeInvoicePayload, error) {
	return write(ctx, s.core, EditBilling, func(ctx context.Context, tx *Tx) (*ProposeInvoicePayload, error) {
		project, effective, err := tx.billedProject(ctx, input.ProjectID, false)
		if err != nil {
			return nil, err
		}
		if yes(effective.PurchaseOrderRequired) && project.PurchaseOrderNumber == nil {
			return nil, &Error{Code: OrderNumberMissing, Path: []string{"input", "projectId"}, Cards: []Card{typed(tx.Today)(project)}, Text: Text{
				NL: "De klant wil een inkoopordernummer op de factuur, en het project heeft er geen.",
				EN: "The customer wants a purchase order number on the invoice, and the project has none."}}
		}
		lines, err := tx.linesToPropose(ctx, project, input.LineIds)
		if err != nil {
			return nil, err
		}
		proposals, err := tx.proposals(ctx, lines, effective.SplitBy)
		return &ProposeInvoicePayload{Proposals: proposals}, err
	})
}

// linesToPropose are the given lines of the project, or all that are approved and billable.
func (tx *Tx) linesToPropose(ctx context.Context, project *Dossier, ids *[]ID) ([]*BillableLine, error) {
	if ids == nil {
		lines, err := db.Select[*BillableLine](ctx, tx.Conn, db.Selection{Table: "billable_lines", Columns: db.Columns[*BillableLine](ctx, tx.Conn),
			Where: []db.Part{ofOrganization(project.OrganizationID), {SQL: "t.project_id = ? AND t.status = 'APPROVED' AND t.billable", Args: []any{string(project.ID)}}},
			Order: "t.period_start, t.id", Limit: maxLines})
		if err == nil && len(lines) == 0 {
			return nil, &Error{Code: NothingToInvoice, Path: []string{"input", "projectId"}, Text: Text{
				NL: "Het project heeft geen geaccordeerde regels.",
				EN: "The project has no approved lines."}}
		}
		return lines, err
	}
	if err := checkCount(len(*ids), maxLines, "lineIds"); err != nil {
		return nil, err
	}
	lines, err := byIDs(ctx, tx.Conn, tx.Actor.OrganizationID, "billable_lines", distinct(*ids), (*BillableLine).NodeID)
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		if line == nil || line.ProjectID != project.ID {
			return nil, notFound("input", "lineIds")
		}
		if err := line.must(LineApproved, LineNotApproved, "input", "lineIds"); err != nil {
			return nil, err
		}
		if !line.IsBillable {
			return nil, &Error{Code: LineNotBillable, Path: []string{"input", "lineIds"}, Text: Textf(
				"De regel van %s is niet factureerbaar.",
				"The line of %s is not billable.", line.PeriodStartOn)}
		}
	}
	return lines, nil
}

// proposals numbers lines, those apart that the preferences split. A project has one purchase order and one
// cost centre, so that these split nothing within it.
func (tx *Tx) proposals(ctx context.Context, lines []*BillableLine, splits []InvoiceSplit) ([]*InvoiceProposal, error) {
	byKey, proposals := make(map[string]*InvoiceProposal), []*InvoiceProposal{}
	for _, line := range lines {
		key := line.splitKey(splits)
		if byKey[key] == nil {
			number, err := tx.nextNumber(ctx, proposalSeries(tx.Today))
			if err != nil {
				return nil, err
			}
			byKey[key] = &InvoiceProposal{Number: number}
			proposals = append(proposals, byKey[key])
		}
		before, proposal, today := *line, byKey[key], tx.Today
		line.Status, line.ProposedOn, line.ProposalNumber = LineProposed, &today, &proposal.Number
		if err := tx.saveLine(ctx, BillableLineProposedEvent, &before, line); err != nil {
			return nil, err
		}
		proposal.Lines = append(proposal.Lines, line)
	}
	return proposals, nil
}

// proposalSeries numbers invoice proposals, per year.
func proposalSeries(today Date) series {
	name := "V-" + string(today[:4])
	return series{name: name, first: 1, form: name + "-%04d"}
}

// splitKey is alike for lines that may share an invoice.
func (l *BillableLine) splitKey(splits []InvoiceSplit) string {
	key := ""
	for _, split := range splits {
		switch split {
		case SplitByWorker:
			key += " " + string(idOr(l.NominationID))
		case SplitByWeek:
			day, err := time.Parse(time.DateOnly, string(l.PeriodStartOn))
			if err != nil {
				panic(fmt.Sprintf("a stored date must read back: %v", err))
			}
			year, week := day.ISOWeek()
			key += fmt.Sprintf(" %d-%d", year, week)
		}
	}
	return key
}

// MarkInvoicedInput says which proposals became an invoice.
type MarkInvoicedInput struct {
	ProposalNumbers []string
	InvoiceNumber   string
	InvoicedOn      *Date
}

// MarkInvoicedPayload is the answer to MarkInvoiced.
type MarkInvoicedPayload struct {
	Outcome
	Lines             []*BillableLine
	Invoice           *Invoice
	CommunicationEdge *page.Edge[Communication]
}

// MarkInvoiced notes the invoice that proposals of one relation became, and puts it on the timeline. What was written off
// meanwhile is on no invoice.
func (s *BillableLines) MarkInvoiced(ctx context.Context, input MarkInvoicedInput) (*MarkInvoicedPayload, error) {
	return write(ctx, s.core, EditBilling, func(ctx context.Context, tx *Tx) (*MarkInvoicedPayload, error) {
		if err := tx.Actor.financial(); err != nil {
			return nil, err
		}
		fields := patchingAt("input")
		number, on := fields.needed("invoiceNumber", input.InvoiceNumber, upTo(50)), tx.pastDay("invoicedOn", input.InvoicedOn, fields)
		if err := fields.err(); err != nil {
			return nil, err
		}
		lines, err := tx.proposedLines(ctx, distinct(input.ProposalNumbers))
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			before := *line
			line.Status, line.InvoicedOn, line.InvoiceNumber = LineInvoiced, &on, &number
			if err := tx.saveLine(ctx, BillableLineInvoicedEvent, &before, line); err != nil {
				return nil, err
			}
		}
		invoice, err := tx.invoiceOf(ctx, number, on, lines)
		if err != nil {
			return nil, err
		}
		return &MarkInvoicedPayload{Lines: lines, Invoice: invoice, CommunicationEdge: timelineEdge(invoice)}, nil
	})
}

// maxProposals bounds how many proposals become one invoice.
const maxProposals = 20

// proposedLines locks the lines of proposals, all of one relation, that are still to be invoiced.
func (tx *Tx) proposedLines(ctx context.Context, numbers []string) ([]*BillableLine, error) {
	if err := checkCount(len(numbers), maxProposals, "proposalNumbers"); err != nil {
		return nil, err
	}
	read := func() ([]*BillableLine, error) {
		lines, err := db.Rows[*BillableLine](ctx, tx.Conn,
			"SELECT "+db.Columns[*BillableLine](ctx, tx.Conn)+" FROM billable_lines AS t WHERE t.organization_id = ? AND "+tx.In("t.proposal_number")+
				" AND t.status <> 'WRITTEN_OFF' ORDER BY t.proposal_number, t.period_start, t.id",
			string(tx.Actor.OrganizationID), db.List(tx.Conn, numbers))
		if err != nil {
			return nil, fmt.Errorf("lines of proposals: %w", err)
		}
		return lines, nil
	}
	lines, err := read()
	if err != nil {
		return nil, err
	}
	if err := tx.lockCustomersOf(ctx, lines); err != nil {
		return nil, err
	}
	if lines, err = read(); err != nil {
		return nil, err
	}
	for _, number := range numbers {
		if !slices.ContainsFunc(lines, func(l *BillableLine) bool { return *l.ProposalNumber == number }) {
			return nil, notFound("input", "proposalNumbers")
		}
	}
	for _, line := range lines {
		if err := line.must(LineProposed, LineNotProposed, "input", "proposalNumbers"); err != nil {
			return nil, err
		}
		if line.CustomerID != lines[0].CustomerID {
			return nil, Invalid(Text{NL: "Een factuur is voor één klant.", EN: "An invoice is for one customer."}, "input", "proposalNumbers")
		}
	}
	return lines, nil
}

// WriteOffBillableLineInput says which line will not be invoiced, and why.
type WriteOffBillableLineInput struct {
	ID     ID
	Reason string
}

// WriteOffBillableLinePayload is the answer to WriteOff.
type WriteOffBillableLinePayload struct {
	Outcome
	Line *BillableLine
}

// WriteOff takes a line out of what is to be invoiced, for good.
func (s *BillableLines) WriteOff(ctx context.Context, input WriteOffBillableLineInput) (*WriteOffBillableLinePayload, error) {
	return write(ctx, s.core, EditBilling, func(ctx context.Context, tx *Tx) (*WriteOffBillableLinePayload, error) {
		lines, err := tx.lockLines(ctx, []ID{input.ID}, "id")
		if err != nil {
			return nil, err
		}
		fields := patchingAt("input")
		reason := fields.needed("reason", input.Reason, upTo(200))
		if err := fields.err(); err != nil {
			return nil, err
		}
		line := lines[0]
		if line.Status == LineInvoiced || line.Status == LineWrittenOff {
			return nil, line.must(LineOpen, LineClosed, "input", "id")
		}
		before, today := *line, tx.Today
		line.Status, line.WrittenOffOn, line.WrittenOffReason = LineWrittenOff, &today, &reason
		return &WriteOffBillableLinePayload{Line: line}, tx.saveLine(ctx, BillableLineWrittenOffEvent, &before, line)
	})
}
