package crm_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
)

// TestUndoTakesBackWhatWasSaved lets a colleague do whatever comes to mind on one card, and undo it now and then; and
// says after each undo of every field whether it is as it should be: as at the version gone back to, or as the last
// transition behind that left it.
func TestUndoTakesBackWhatWasSaved(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("for seed ", seed), func(t *testing.T) {
			t.Parallel()
			onOffice(t, func(t *testing.T, o *crmtest.Office) {
				for i, card := range []crm.ID{o.Customer(crmtest.Brouwer).ID, o.Engagement("L-2026-0101").ID, o.Engagement("A-2026-0040").ID, o.Engagement("P-2026-0031").ID} {
					e := &erring{player: &player{o: o, who: crmtest.Sanne, random: rand.New(rand.NewPCG(seed, uint64(i)))}, card: card}
					e.note(t, "")
					for range 60 {
						e.step(t)
					}
					if e.back < 3 {
						t.Errorf("only %d times did an undo of %s change something", e.back, card)
					}
				}
			})
		})
	}
}

// erring is a colleague who works on one card and takes back what he did.
type erring struct {
	*player
	card crm.ID
	seen []sighting
	back int // how often something was taken back
}

// sighting is how the card was, and by what kind of event it became so.
type sighting struct {
	version int
	kind    crm.EventKind
	fields  map[string]any
}

func (e *erring) now() sighting { return e.seen[len(e.seen)-1] }

// note remembers how the card is.
func (e *erring) note(t *testing.T, kind crm.EventKind) {
	t.Helper()
	card := snapshot(t, e.o)[e.card]
	stated := must2(crm.Stated(db.Everywhere(e.o.As(e.who)), e.o.DB.Read(), e.o.ID, e.card))(t)
	for name, value := range stated {
		if _, onCard := card.fields[name]; !onCard {
			card.fields[name] = value
		}
	}
	e.seen = append(e.seen, sighting{card.version, kind, card.fields})
}

func (e *erring) step(t *testing.T) {
	t.Helper()
	if e.random.IntN(12) == 0 {
		e.o.Clock.Advance(time.Duration(e.random.IntN(72)) * time.Hour)
	}
	head, to := e.o.Head(), sighting{}
	var err error
	if undoes := e.random.IntN(4) == 0; undoes {
		to = e.seen[e.random.IntN(len(e.seen))]
		err = e.undo(to.version, e.now().version)
	} else {
		err = e.err()
	}
	if err != nil && crm.FaultsOf(err) == nil {
		t.Fatal(err)
	}
	before, kind := e.now(), crm.EventKind("")
	for _, event := range e.o.LogAfter(head) {
		if event.CardID == e.card && event.SubjectID == nil {
			kind = event.Kind
		}
	}
	e.note(t, kind)
	if to.version == 0 || err != nil {
		return
	}
	if wanted := e.wanted(to); !reflect.DeepEqual(e.now().fields, wanted) {
		for _, name := range slices.Sorted(maps.Keys(wanted)) {
			if got := e.now().fields[name]; !reflect.DeepEqual(got, wanted[name]) {
				t.Errorf("%s goes back from %d to %d: %s is %v, want %v", e.card, before.version, to.version, name, got, wanted[name])
			}
		}
	}
	if kind == crm.ChangesUndoneEvent {
		e.back++
	}
}

// wanted is how the card should be when it has gone back: as it was then, but for what transitions made of it since.
func (e *erring) wanted(to sighting) map[string]any {
	wanted, before := maps.Clone(to.fields), to
	for _, next := range e.seen[:len(e.seen)-1] {
		if next.version <= to.version {
			continue
		}
		saved := next.kind == crm.ChangesUndoneEvent || next.kind == crm.InvoicingChangedEvent ||
			slices.Contains([]crm.EventKind{crm.CustomerUpdatedEvent, crm.LeadUpdatedEvent, crm.RequestUpdatedEvent, crm.ProjectUpdatedEvent}, next.kind)
		for name, value := range next.fields {
			if !saved && (!reflect.DeepEqual(value, before.fields[name]) || slices.Contains(next.kind.BuildsOn(), name)) {
				wanted[name] = value
			}
		}
		before = next
	}
	if settled, ok := wanted["isEndSettled"].(bool); ok {
		wanted["isEndSettled"] = settled && wanted["endOn"] != nil
	}
	return wanted
}

func (e *erring) undo(to, from int) error {
	if e.card.Prefix() == "cus" {
		return done(e.o.Revisions.UndoCustomer(e.o.As(e.who), crm.UndoCustomerChangesInput{ID: e.card, ToVersion: to, ExpectedVersion: from}))
	}
	return undoDossier(e.o.As(e.who), e.o, e.dossier(), to, from)
}

func (e *erring) dossier() *crm.Dossier {
	found, err := e.o.Engagements.ByIDs(e.o.As(e.who), []crm.ID{e.card})
	if err != nil {
		panic(err)
	}
	return found[0].Core()
}

// err saves something, states something about invoices, or takes a step.
func (e *erring) err() error {
	if e.card.Prefix() != "lea" && e.random.IntN(3) == 0 {
		return e.statePreference()
	}
	switch e.card.Prefix() {
	case "cus":
		return e.errOnCustomer()
	case "lea":
		return e.errOnLead()
	case "req":
		return e.errOnRequest()
	}
	return e.errOnProject()
}

func (p *player) preference() crm.InvoicingFields {
	switch p.random.IntN(3) {
	case 0:
		return crm.InvoicingFields{Frequency: crmtest.Given([]crm.InvoiceFrequency{"WEEKLY", "MONTHLY", "QUARTERLY"}[p.random.IntN(3)])}
	case 1:
		return crm.InvoicingFields{SelfBilling: crmtest.Given(p.random.IntN(2) == 0), PaymentConditionID: crmtest.Given(p.pick("lookup_values", "list = 'PAYMENT_CONDITION'"))}
	}
	return delivery(crm.InvoiceDeliveryFields{Channel: channel([]crm.DeliveryChannel{crm.EmailPDF, crm.PostedInvoice}[p.random.IntN(2)]),
		Emails: emails(fmt.Sprintf("f%d@factuur.example", p.random.IntN(3)))})
}

func (e *erring) statePreference() error {
	return done(e.o.Preferences.Update(e.o.As(e.who), crm.UpdateInvoicingPreferencesInput{OwnerID: e.card,
		ExpectedVersion: new(e.now().version), Patch: e.preference()}))
}

func (e *erring) errOnCustomer() error {
	ctx, customers := e.o.As(e.who), e.o.Customers
	switch e.random.IntN(6) {
	case 0:
		return done(customers.RevertToProspect(ctx, crm.RevertToProspectInput{ID: e.card}))
	case 1:
		return done(customers.Archive(ctx, crm.ArchiveCustomerInput{ID: e.card}))
	case 2, 3:
		return done(customers.Restore(ctx, crm.RestoreCustomerInput{ID: e.card}))
	}
	return done(customers.Update(ctx, crm.UpdateCustomerInput{ID: e.card, ExpectedVersion: new(e.now().version), Patch: e.customerPatch(e.o.Customer(crmtest.Brouwer))}))
}

// over closes the card for some reason.
func (e *erring) over() crm.CloseEngagementInput {
	return crm.CloseEngagementInput{ID: e.card, ReasonID: e.pick("lookup_values", "list = 'LOST_REASON'"), Remark: new(fmt.Sprint(e.random.IntN(3)))}
}

func (e *erring) save() crm.UpdateEngagementInput {
	input := crm.UpdateEngagementInput{ID: e.card, ExpectedVersion: new(e.now().version)}
	switch e.random.IntN(5) {
	case 0:
		input.Patch.ContactID = crmtest.Given(e.contactOf(e.dossier().CustomerID))
	case 1:
		input.Patch.StartOn = crmtest.Given(e.day(-6, 3))
	case 2, 3:
		input.Patch.EndOn = crmtest.Given(e.day(3, 9))
		if e.random.IntN(3) == 0 {
			input.Patch.EndOn = crmtest.Null[crm.Date]()
		}
	default:
		input.Patch.Title = crmtest.Text(fmt.Sprint("Titel ", e.random.IntN(3)))
		input.Patch.HoursPerWeek = crmtest.Given(crm.Decimal(e.random.IntN(3)*100 + 100))
	}
	return input
}

func (e *erring) errOnLead() error {
	ctx, sales := e.o.As(e.who), e.o.Engagements
	switch e.random.IntN(6) {
	case 0:
		return done(sales.LoseLead(ctx, e.over()))
	case 1, 2:
		return done(sales.ReopenLead(ctx, crm.EngagementStep{ID: e.card}))
	}
	return done(sales.UpdateLead(ctx, e.save()))
}

func (e *erring) errOnRequest() error {
	ctx, sales := e.o.As(e.who), e.o.Engagements
	switch e.random.IntN(6) {
	case 0:
		return done(sales.RejectRequest(ctx, e.over()))
	case 1, 2:
		return done(sales.ReopenRequest(ctx, crm.ReopenRequestInput{ID: e.card, ContactID: new(e.contactOf(e.dossier().CustomerID))}))
	}
	return done(sales.UpdateRequest(ctx, e.save()))
}

func (e *erring) errOnProject() error {
	ctx, sales := e.o.As(e.who), e.o.Engagements
	step := crm.EngagementStep{ID: e.card}
	switch e.random.IntN(12) {
	case 0:
		return done(sales.HoldProject(ctx, step))
	case 1:
		return done(sales.ResumeProject(ctx, step))
	case 2:
		return done(sales.StartProject(ctx, step))
	case 3, 4:
		end := e.day(3, 9)
		if current := e.dossier().EndOn; current != nil && e.random.IntN(2) == 0 {
			end = *current
		}
		return done(sales.EndProject(ctx, crm.EndProjectInput{ID: e.card, EndOn: end}))
	case 5, 6:
		return done(sales.ReopenProject(ctx, crm.ReopenProjectInput{ID: e.card, EndOn: new(e.day(3, 9))}))
	case 7:
		return done(sales.CancelProject(ctx, e.over()))
	}
	return done(sales.UpdateProject(ctx, e.save()))
}
