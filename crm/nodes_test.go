package crm_test

import (
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
)

func TestNodes(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		reader := o.As(crmtest.Ruben)
		t.Run("are found by id, of every kind, in the order asked for, absent ones as nil", func(t *testing.T) {
			n := o.Neighbour()
			asked := []crm.ID{n.Event, n.Attention, "", n.Relation, n.Communication, n.Nomination, "xxx_00000000000000000000000000", n.Project, n.Request, n.Lead,
				n.Contact, n.Customer, n.User, n.Office, n.Token, n.Customer, "cus_00000000000000000000000000"}
			found := must2(o.Nodes.Asked(n.Context(), asked))(t)
			for i, node := range found {
				switch asked[i] {
				case "", "xxx_00000000000000000000000000", "cus_00000000000000000000000000":
					equal(t, "node of "+string(asked[i]), node, nil)
				default:
					equal(t, "node", node.NodeID(), asked[i])
				}
			}
		})
		t.Run("take one statement for each kind", func(t *testing.T) {
			ctx, count := dbCount(reader)
			must2(o.Nodes.ByIDs(ctx, []crm.ID{o.Customer(crmtest.Groep).ID, o.Customer(crmtest.Brouwer).ID, o.Contact("Erik Jansen").ID, o.Contact("Klaas Brouwer").ID}))(t)
			equal(t, "statements", count.N(), 2)
		})
		t.Run("are a hundred at most", func(t *testing.T) {
			must2(o.Nodes.Asked(reader, make([]crm.ID, 100)))(t)
			_, err := o.Nodes.Asked(reader, make([]crm.ID, 101))
			refused(t, err, crm.BadInput, "ids")
		})
		t.Run("are cards where they have a screen", func(t *testing.T) {
			cards := must2(o.Nodes.Cards(reader, []crm.ID{o.Engagement("A-2026-0040").ID, o.Actor(crmtest.Ruben).UserID}))(t)
			if _, ok := cards[0].(*crm.Request); !ok {
				t.Errorf("got a %T", cards[0])
			}
			equal(t, "card of a colleague", cards[1], nil)
			equal(t, "seeing one", o.Nodes.MustSee(reader, o.Engagement("A-2026-0040").ID), nil)
			refused(t, o.Nodes.MustSee(reader, "cus_00000000000000000000000000"), crm.NotFound)
		})
		t.Run("find a relation by exactly one of id and number", func(t *testing.T) {
			groep := o.Customer(crmtest.Groep).ID
			for _, by := range []crm.CustomerRef{{}, {ID: &groep, Number: new(crmtest.Groep)}} {
				_, err := o.Customers.Get(reader, by)
				refused(t, err, crm.BadInput, "by")
			}
			equal(t, "with blanks", must2(o.Customers.Get(reader, crm.CustomerRef{Number: new(" 10001 ")}))(t).ID, groep)
			equal(t, "of an unknown number", must2(o.Customers.Get(reader, crm.CustomerRef{Number: new("1000%")}))(t), nil)
		})
	})
}

func TestCardRelations(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		cards := each([]string{crmtest.Groep, crmtest.Installatie, crmtest.Vastgoed, crmtest.HanzeBouw, crmtest.Brouwer}, func(number string) crm.ID { return o.Customer(number).ID })
		found := must2(o.Relations.OfCustomers(o.As(crmtest.Ruben), cards))(t)
		seen := func(i int) (kind crm.CardRelationKind, other crm.ID) { return found[i][0].Kind, found[i][0].OtherID }
		t.Run("show the daughter to the mother and the mother to the daughter", func(t *testing.T) {
			kind, other := seen(0)
			equal(t, "kind", kind, crm.Daughter)
			equal(t, "other", other, cards[1])
			kind, other = seen(1)
			equal(t, "kind", kind, crm.Mother)
			equal(t, "other", other, cards[0])
			equal(t, "id on both sides", found[0][0].ID, found[1][0].ID)
		})
		t.Run("show sisters to each other, archived ones too", func(t *testing.T) {
			kind, other := seen(2)
			equal(t, "kind", kind, crm.Sister)
			equal(t, "other", other, cards[3])
			kind, other = seen(3)
			equal(t, "kind", kind, crm.Sister)
			equal(t, "other", other, cards[2])
		})
		t.Run("are none on a card without", func(t *testing.T) {
			equal(t, "number", len(found[4]), 0)
		})
		t.Run("are found by id as the first of the two sees them", func(t *testing.T) {
			one := must2(o.Relations.ByIDs(o.As(crmtest.Ruben), []crm.ID{"rel_00000000000000000000000000", found[0][0].ID}))(t)
			equal(t, "an absent one", one[0], nil)
			equal(t, "kind", one[1].Kind, crm.Daughter)
			equal(t, "other", one[1].OtherID, cards[1])
		})
	})
}
