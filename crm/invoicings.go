package crm

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"klantkaart/db"
)

// Preferences are how the office, its relations, requests and projects are invoiced.
type Preferences struct{ *core }

// invoicingOwner is whose preferences are asked for.
type invoicingOwner struct {
	id       ID
	level    InvoicingLevel
	customer *ID       // nil for the office
	dossier  *Dossier  // of a request or project
	relation *Customer // as the same change leaves its card; nil where that stays as it is
	version  int
}

// invoicingLevel tells at which level something states preferences; nothing else does.
func invoicingLevel(id ID) (InvoicingLevel, bool) {
	levels := map[string]InvoicingLevel{organizationPrefix: OrganizationLevel, customerPrefix: CustomerLevel, requestPrefix: RequestLevel, projectPrefix: ProjectLevel}
	level, ok := levels[id.Prefix()]
	return level, ok
}

func ownerOfDossier(d *Dossier) invoicingOwner {
	level, _ := invoicingLevel(d.ID)
	return invoicingOwner{id: d.ID, level: level, customer: &d.CustomerID, dossier: d, version: d.Version}
}

// terms are what a relation's card says about its invoices beside its preferences.
type terms struct {
	bun.BaseModel `bun:"table:customers,alias:t"`

	ID                 ID
	Version            int
	VatRegime          VatRegime
	GAccountPercentage *Decimal
	CreatedAt          time.Time
	CreatedByID        *ID `bun:"created_by"`
}

// cascades gives what the levels above each owner and the owner itself state, in two statements. It is nil
// for an owner whose relation is not there.
func cascades(ctx context.Context, conn db.Conn, organization ID, owners []invoicingOwner) ([]cascade, error) {
	ids, customers := []ID{organization}, []ID{}
	for _, owner := range owners {
		ids = append(ids, owner.id)
		if owner.customer != nil {
			customers = append(customers, *owner.customer)
		}
	}
	customers = distinct(customers)
	rows, err := db.Rows[*statement](ctx, conn,
		"SELECT "+db.Columns[*statement](ctx, conn)+" FROM invoicing_preferences AS t WHERE t.organization_id = ? AND "+conn.In("t.owner_id"),
		string(organization), db.List(conn, distinct(append(ids, customers...))))
	if err != nil {
		return nil, fmt.Errorf("read preferences: %w", err)
	}
	cards, err := byIDs(ctx, conn, organization, "customers", customers, func(c *terms) ID { return c.ID })
	if err != nil {
		return nil, err
	}
	byOwner := make(map[ID]*statement, len(rows)+len(cards))
	for _, row := range rows {
		byOwner[row.OwnerID] = row
	}
	versions := make(map[ID]int, len(cards))
	for _, card := range cards {
		if card != nil {
			byOwner[card.ID], versions[card.ID] = card.onto(organization, byOwner[card.ID]), card.Version
		}
	}
	found := make([]cascade, len(owners))
	for i := range owners {
		found[i] = owners[i].cascade(organization, byOwner, versions)
	}
	return found, nil
}

// onto adds what the card says to what the relation states.
func (c *terms) onto(organization ID, stated *statement) *statement {
	if stated == nil {
		stated = &statement{OrganizationID: organization, OwnerID: c.ID, Level: CustomerLevel, CustomerID: &c.ID, Stamps: stamps{}}
	}
	stated.VatRegime, stated.GAccountPercentage = &c.VatRegime, c.GAccountPercentage
	for _, name := range []string{"vatRegime", "gAccountPercentage"} {
		if _, noted := stated.Stamps[name]; !noted {
			stated.Stamps[name] = stamp{At: c.CreatedAt, ByID: c.CreatedByID}
		}
	}
	return stated
}

// cascade puts the levels of one owner in their order.
func (o *invoicingOwner) cascade(organization ID, byOwner map[ID]*statement, versions map[ID]int) cascade {
	own := byOwner[o.id]
	if own == nil {
		own = &statement{OrganizationID: organization, OwnerID: o.id, Level: o.level, CustomerID: o.customer, Version: 1, Stamps: stamps{}}
		if o.dossier != nil {
			own.EngagementID = &o.dossier.ID
		}
	}
	levels := cascade{own}
	if o.customer != nil && byOwner[*o.customer] == nil {
		return nil
	}
	switch o.level {
	case CustomerLevel:
		o.version = versions[o.id]
	case OrganizationLevel:
		o.version = own.Version
		return levels
	default:
		levels = append(levels, byOwner[*o.customer])
	}
	if office := byOwner[organization]; office != nil {
		levels = append(levels, office)
	}
	return levels
}

// views shows the preferences of owners.
func (s *Preferences) views(ctx context.Context, owners func(Actor) []invoicingOwner) ([]*InvoicingPreferences, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	of := owners(actor)
	views := make([]*InvoicingPreferences, len(of))
	if !actor.Rights.Has(ViewPreferences) {
		return views, nil
	}
	levels, err := cascades(ctx, conn, actor.OrganizationID, of)
	if err != nil {
		return nil, err
	}
	for i, c := range levels {
		if c != nil {
			views[i] = c.view(of[i].version, of[i].dossier)
		}
	}
	return views, nil
}

// OfCustomers gives the preferences of each relation, in the order of the ids.
func (s *Preferences) OfCustomers(ctx context.Context, customers []ID) ([]*InvoicingPreferences, error) {
	return s.views(ctx, func(Actor) []invoicingOwner {
		owners := make([]invoicingOwner, len(customers))
		for i, id := range customers {
			owners[i] = invoicingOwner{id: id, level: CustomerLevel, customer: &id}
		}
		return owners
	})
}

// OfEngagements gives the preferences of each request and project.
func (s *Preferences) OfEngagements(ctx context.Context, dossiers []*Dossier) ([]*InvoicingPreferences, error) {
	return s.views(ctx, func(Actor) []invoicingOwner {
		owners := make([]invoicingOwner, len(dossiers))
		for i, dossier := range dossiers {
			owners[i] = ownerOfDossier(dossier)
		}
		return owners
	})
}

// OfOffice gives the preferences of the actor's office.
func (s *Preferences) OfOffice(ctx context.Context) (*InvoicingPreferences, error) {
	views, err := s.views(ctx, func(actor Actor) []invoicingOwner {
		return []invoicingOwner{{id: actor.OrganizationID, level: OrganizationLevel}}
	})
	if err != nil {
		return nil, err
	}
	return views[0], nil
}

// ProblemsOf tells for each of the preferences what keeps an invoice from being sent like that, or is unwise.
func (s *Preferences) ProblemsOf(ctx context.Context, views []*InvoicingPreferences) ([][]*InvoicingProblem, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	in, err := circumstancesOf(ctx, conn, actor.OrganizationID, views)
	if err != nil {
		return nil, err
	}
	found := make([][]*InvoicingProblem, len(views))
	for i, view := range views {
		found[i] = view.effective.judge(in[i])
		for _, problem := range found[i] {
			problem.Message = problem.text.In(actor.Language)
		}
	}
	return found, nil
}

// circumstancesOf reads what preferences are judged by, in three statements.
func circumstancesOf(ctx context.Context, conn db.Conn, organization ID, views []*InvoicingPreferences) ([]invoicedAs, error) {
	ctx = db.Whole(db.WithFields(ctx, db.Fields{})) // whatever was asked for and may be seen, judging needs the whole rows
	var customers, contacts, values []ID
	note := func(into *[]ID, id *ID) {
		if id != nil {
			*into = append(*into, *id)
		}
	}
	for _, view := range views {
		note(&customers, view.levels[0].CustomerID)
		note(&contacts, view.effective.AttentionContactID)
		note(&values, view.effective.MethodID)
		note(&values, view.effective.PaymentConditionID)
	}
	relations, err := rowsByID(ctx, conn, organization, "customers", customers, (*Customer).NodeID)
	if err != nil {
		return nil, err
	}
	people, err := rowsByID(ctx, conn, organization, "contacts", contacts, (*Contact).NodeID)
	if err != nil {
		return nil, err
	}
	lookups, err := rowsByID(ctx, conn, organization, "lookup_values", values, (*LookupValue).NodeID)
	if err != nil {
		return nil, err
	}
	in := make([]invoicedAs, len(views))
	for i, view := range views {
		e := view.effective
		in[i] = invoicedAs{customer: relations[idOr(view.levels[0].CustomerID)], dossier: view.dossier, attention: people[idOr(e.AttentionContactID)],
			method: lookups[idOr(e.MethodID)], condition: lookups[idOr(e.PaymentConditionID)]}
	}
	return in, nil
}

// rowsByID reads rows by id, each once.
func rowsByID[R comparable](ctx context.Context, conn db.Conn, organization ID, table string, ids []ID, idOf func(R) ID) (map[ID]R, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := byIDs(ctx, conn, organization, table, distinct(ids), idOf)
	if err != nil {
		return nil, err
	}
	var absent R
	byID := make(map[ID]R, len(rows))
	for _, row := range rows {
		if row != absent {
			byID[idOf(row)] = row
		}
	}
	return byID, nil
}

func idOr(id *ID) ID {
	if id == nil {
		return ""
	}
	return *id
}
