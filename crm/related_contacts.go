package crm

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"klantkaart/db"
	"klantkaart/page"
)

// RelatedScope says how far cards are related whose contacts are shown.
type RelatedScope string

// The scopes.
const (
	RelatedDirectly RelatedScope = "RELATED"
	RelatedByGroup  RelatedScope = "GROUP"
)

// RelatedContact is a contact of a related card.
type RelatedContact struct {
	ContactID ID
	// Kind is what the contact's relation is to the card; nil where only the group links the two.
	Kind *CardRelationKind

	row *Contact
}

// RelatedContactArgs say which contacts of related cards a list shows.
type RelatedContactArgs struct {
	Scope    RelatedScope
	Archived Archived
	Search   *string
}

// related is a card that is related to another.
type related struct {
	CardID  ID
	OtherID ID
	kind    *CardRelationKind
}

// ContactsOf gives for each card a page of the contacts of the cards that are related to it, by name. Each
// related card is a short walk along the index; what they give is merged.
func (s *CardRelations) ContactsOf(ctx context.Context, customers []ID, args RelatedContactArgs, window page.Args) ([]*page.Connection[*RelatedContact], error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	where := append([]db.Part{ofOrganization(actor.OrganizationID)}, archivedPart(args.Archived)...)
	if args.Search != nil {
		wanted, err := words("search", *args.Search)
		if err != nil {
			return nil, err
		}
		where = append(where, containing(conn.Engine(), "t.search_text", wanted)...)
	}
	keys, err := contactKeys([]*ContactOrder{{Field: ContactsByName, Direction: Ascending}})
	if err != nil {
		return nil, err
	}
	others, err := s.relatedTo(ctx, conn, actor.OrganizationID, customers, args.Scope)
	if err != nil {
		return nil, err
	}
	return mergedContacts(ctx, conn, contactList(where, keys, scope("relatedContacts", args)), others, window)
}

// relatedTo gives for each card the others: those it has a relation to, or all of its group.
func (s *CardRelations) relatedTo(ctx context.Context, conn db.Conn, organization ID, customers []ID, reach RelatedScope) ([][]*related, error) {
	rows, err := relationsOf(ctx, conn, organization, customers)
	if err != nil {
		return nil, err
	}
	var direct []*related
	kinds := make(map[[2]ID]*CardRelationKind)
	for _, row := range rows {
		seen := row.seenFrom(row.CardID)
		kinds[[2]ID{row.CardID, seen.OtherID}] = &seen.Kind
		direct = append(direct, &related{CardID: row.CardID, OtherID: seen.OtherID, kind: &seen.Kind})
	}
	cardOf := func(r *related) ID { return r.CardID }
	if reach == RelatedDirectly {
		return grouped(customers, direct, cardOf), nil
	}
	group, err := groupOf(ctx, conn, organization, customers)
	if err != nil {
		return nil, err
	}
	for _, one := range group {
		one.kind = kinds[[2]ID{one.CardID, one.OtherID}]
	}
	return grouped(customers, group, cardOf), nil
}

// groupOf finds for each card all others that relations link it to, over however many cards between.
func groupOf(ctx context.Context, conn db.Conn, organization ID, customers []ID) ([]*related, error) {
	found, err := db.Rows[*related](ctx, conn, `
		WITH RECURSIVE linked (card_id, other_id) AS (
			SELECT t.id, t.id FROM customers AS t WHERE t.organization_id = ? AND `+conn.In("t.id")+`
			UNION
			SELECT linked.card_id, CASE WHEN r.from_id = linked.other_id THEN r.to_id ELSE r.from_id END
			FROM linked JOIN card_relations AS r ON r.organization_id = ? AND (r.from_id = linked.other_id OR r.to_id = linked.other_id))
		SELECT linked.card_id, linked.other_id FROM linked WHERE linked.card_id <> linked.other_id`,
		string(organization), db.List(conn, customers), string(organization))
	if err != nil {
		return nil, fmt.Errorf("groups of %d cards: %w", len(customers), err)
	}
	return found, nil
}

// mergedContacts makes a page for each card of the contacts of its others, who are listed alike.
func mergedContacts(ctx context.Context, conn db.Conn, of listing[*Contact, *Contact], others [][]*related, args page.Args) ([]*page.Connection[*RelatedContact], error) {
	window, selection, err := of.selection(ctx, conn, args)
	if err != nil {
		return nil, err
	}
	owners := ownersOf(others)
	rows, err := db.SelectPerParent[*Contact](ctx, conn, selection, of.parent, owners)
	if err != nil {
		return nil, fmt.Errorf("contacts of %d related cards: %w", len(owners), err)
	}
	byOwner := of.byParent(rows)
	counts := sync.OnceValues(func() (map[ID]int, error) {
		return db.CountPerParent(context.WithoutCancel(ctx), conn, db.Selection{Table: of.table, Where: of.where}, of.parent, owners)
	})
	pages := make([]*page.Connection[*RelatedContact], len(others))
	for i, own := range others {
		var merged []*RelatedContact
		for _, other := range own {
			for _, contact := range byOwner[other.OtherID] {
				merged = append(merged, &RelatedContact{ContactID: contact.ID, Kind: other.kind, row: contact})
			}
		}
		slices.SortFunc(merged, func(a, b *RelatedContact) int {
			order := cmp.Or(cmp.Compare(a.row.SortKey, b.row.SortKey), cmp.Compare(a.row.ID, b.row.ID))
			if window.Backward {
				return -order
			}
			return order
		})
		pages[i] = page.Of(window, of.scope, merged[:min(len(merged), window.Size+1)],
			func(r *RelatedContact) []any { return of.values(r.row) },
			func(context.Context) (int, error) { return total(own, counts) })
	}
	return pages, nil
}

// ownersOf are the cards among others, each once.
func ownersOf(others [][]*related) []ID {
	var owners []ID
	for _, own := range others {
		for _, other := range own {
			owners = append(owners, other.OtherID)
		}
	}
	return distinct(owners)
}

func total(own []*related, counts func() (map[ID]int, error)) (int, error) {
	byOwner, err := counts()
	sum := 0
	for _, other := range own {
		sum += byOwner[other.OtherID]
	}
	return sum, err
}
