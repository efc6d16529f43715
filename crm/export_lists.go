package crm

import (
	"context"
	"slices"
	"strings"

	"klantkaart/page"
)

// list finds which list is asked for, and says why it cannot be exported.
func (s *Exports) list(ctx context.Context, actor Actor, in ExportedListInput) (*exportedList, error) {
	about := &exportPage{language: actor.Language, names: make(names)}
	for _, one := range []struct {
		asked   bool
		field   string
		kind    ExportedList
		title   Text
		feature Feature
		read    func() (*exportedList, error)
	}{
		{in.Customers != nil, "customers", CustomersExported, Text{"Relaties", "Relations"}, "",
			func() (*exportedList, error) { return s.customers(ctx, about, in.Customers) }},
		{in.Contacts != nil, "contacts", ContactsExported, Text{"Contactpersonen", "Contacts"}, ContactsFeature,
			func() (*exportedList, error) { return s.contacts(ctx, about, in.Contacts) }},
		{in.Engagements != nil, "engagements", EngagementsExported, Text{"Leads, aanvragen en projecten", "Leads, requests and projects"}, EngagementsFeature,
			func() (*exportedList, error) { return s.engagements(ctx, about, in.Engagements) }},
		{in.Projects != nil, "projects", ProjectsExported, Text{"Projecten", "Projects"}, EngagementsFeature,
			func() (*exportedList, error) { return s.projects(ctx, about, in.Projects) }},
		{in.Communications != nil, "communications", CommunicationsExported, Text{"Contactmomenten", "Contact moments"}, CommunicationsFeature,
			func() (*exportedList, error) {
				return s.communications(ctx, about, in.Communications, s.crm.Communications.OfCustomers)
			}},
		{in.Correspondence != nil, "correspondence", CorrespondenceExported, Text{"Correspondentie", "Correspondence"}, DocumentsFeature,
			func() (*exportedList, error) {
				return s.communications(ctx, about, in.Correspondence, s.crm.Communications.CorrespondenceOf)
			}},
		{in.BillableLines != nil, "billableLines", BillableLinesExported, Text{"Factureerbare regels", "Billable lines"}, RevenueFeature,
			func() (*exportedList, error) { return s.lines(ctx, about, in.BillableLines) }},
	} {
		if !one.asked {
			continue
		}
		if actor.Disabled.Has(one.feature) {
			return nil, featureDisabled()
		}
		list, err := one.read()
		if err != nil {
			return nil, below(err, "input", "list", one.field)
		}
		list.kind, list.title = one.kind, strings.TrimSpace(one.title.In(actor.Language)+" "+about.names[list.card])
		return list, nil
	}
	return nil, Invalid(Text{NL: "Kies een lijst.", EN: "Choose a list."}, "input", "list") // the schema sees to it
}

// below puts what is wrong with the arguments of a list where they stand in an input.
func below(err error, path ...string) error {
	for _, fault := range FaultsOf(err) {
		if len(fault.Path) == 0 || fault.Path[0] != path[0] {
			fault.Path = append(path[:len(path):len(path)], fault.Path...)
		}
	}
	return err
}

func (s *Exports) customers(ctx context.Context, about *exportPage, args *CustomerListArgs) (*exportedList, error) {
	return listed(ctx, s, about, about.customers(), func(ctx context.Context, window page.Args) (*page.Connection[*Customer], error) {
		return s.crm.Customers.List(ctx, *args, window)
	}, func(ctx context.Context, rows []*Customer) error {
		return s.call(ctx, about, pointed(rows, func(c *Customer) []*ID {
			at := []*ID{c.AccountManagerID}
			for i := range c.TagIDs {
				at = append(at, &c.TagIDs[i])
			}
			return at
		}))
	})
}

func (s *Exports) contacts(ctx context.Context, about *exportPage, in *ExportedContactsInput) (*exportedList, error) {
	return s.of(ctx, about, in.CustomerID, "customerId", func() (*exportedList, error) {
		return listed(ctx, s, about, about.contacts(), func(ctx context.Context, window page.Args) (*page.Connection[*Contact], error) {
			return only1(s.crm.Contacts.OfCustomers(ctx, []ID{in.CustomerID}, in.ContactListArgs, window))
		}, func(context.Context, []*Contact) error { return nil })
	})
}

func (s *Exports) engagements(ctx context.Context, about *exportPage, args *PipelineArgs) (*exportedList, error) {
	return listed(ctx, s, about, about.engagements(), func(ctx context.Context, window page.Args) (*page.Connection[Engagement], error) {
		return s.crm.Engagements.Pipeline(ctx, *args, window)
	}, func(ctx context.Context, rows []Engagement) error {
		return s.call(ctx, about, pointed(rows, func(e Engagement) []*ID {
			return []*ID{&e.Core().CustomerID, e.Core().ContactID, e.Core().HandlerID}
		}))
	})
}

func (s *Exports) projects(ctx context.Context, about *exportPage, in *ExportedProjectsInput) (*exportedList, error) {
	return s.of(ctx, about, in.CustomerID, "customerId", func() (*exportedList, error) {
		return listed(ctx, s, about, about.projects(), func(ctx context.Context, window page.Args) (*page.Connection[*Project], error) {
			return only1(s.crm.Engagements.ProjectsOfCustomers(ctx, []ID{in.CustomerID}, in.EngagementListArgs, window))
		}, func(ctx context.Context, rows []*Project) error {
			nominated, err := s.crm.Nominations.OfEngagements(ctx, idsOfRows(rows))
			if err != nil {
				return err
			}
			for i, row := range rows {
				about.names[row.ID] = together(nominated[i], func(n *Nomination) string { return n.Name })
			}
			return s.call(ctx, about, pointed(rows, func(p *Project) []*ID { return []*ID{p.ContactID, p.HandlerID} }))
		})
	})
}

// timelineOf reads what was said, sent or planned with relations.
type timelineOf func(context.Context, []ID, TimelineArgs, page.Args) ([]*page.Connection[Communication], error)

func (s *Exports) communications(ctx context.Context, about *exportPage, in *ExportedCommunicationsInput, read timelineOf) (*exportedList, error) {
	return s.of(ctx, about, in.CustomerID, "customerId", func() (*exportedList, error) {
		return listed(ctx, s, about, about.communications(), func(ctx context.Context, window page.Args) (*page.Connection[Communication], error) {
			return only1(read(ctx, []ID{in.CustomerID}, in.TimelineArgs, window))
		}, func(ctx context.Context, rows []Communication) error {
			contacts, err := s.crm.Communications.ContactsOf(ctx, idsOfRows(rows))
			if err != nil {
				return err
			}
			for i, row := range rows {
				about.names[row.NodeID()] = together(contacts[i], func(c *Contact) string { return c.Name })
			}
			return s.call(ctx, about, pointed(rows, func(c Communication) []*ID { return []*ID{c.Core().EngagementID, c.Core().AuthorID} }))
		})
	})
}

func (s *Exports) lines(ctx context.Context, about *exportPage, in *ExportedBillableLinesInput) (*exportedList, error) {
	return s.of(ctx, about, in.ProjectID, "projectId", func() (*exportedList, error) {
		return listed(ctx, s, about, about.lines(), func(ctx context.Context, window page.Args) (*page.Connection[*BillableLine], error) {
			return only1(s.crm.Lines.OfProjects(ctx, []ID{in.ProjectID}, in.Statuses, window))
		}, func(ctx context.Context, rows []*BillableLine) error {
			return s.call(ctx, about, pointed(rows, func(l *BillableLine) []*ID { return []*ID{l.TypeID, l.NominationID} }))
		})
	})
}

// of reads a list of a card that the actor sees.
func (s *Exports) of(ctx context.Context, about *exportPage, card ID, field string, read func() (*exportedList, error)) (*exportedList, error) {
	kinds := map[string]string{"customerId": customerPrefix, "projectId": projectPrefix}
	if card.Prefix() != kinds[field] {
		return nil, notFound(field)
	}
	if err := s.call(ctx, about, []ID{card}); err != nil {
		return nil, err
	}
	if !about.names.know(card) {
		return nil, notFound(field)
	}
	list, err := read()
	if err == nil {
		list.card = card
	}
	return list, err
}

// call reads the names of what rows point to.
func (s *Exports) call(ctx context.Context, about *exportPage, ids []ID) error {
	unknown := slices.DeleteFunc(ids, func(id ID) bool { return about.names.know(id) })
	found, err := s.crm.Nodes.ByIDs(ctx, unknown)
	for _, node := range found {
		if node != nil {
			about.names[node.NodeID()] = calledIn(node)
		}
	}
	return err
}

// calledIn is what something is called in the cell of a list.
func calledIn(node Node) string {
	switch node := node.(type) {
	case *Customer:
		return node.Name
	case *Contact:
		return node.Name
	case *User:
		return node.Name
	case *Nomination:
		return node.Name
	case *LookupValue:
		return node.Text
	case Engagement:
		return node.Core().Number
	}
	return ""
}

// pointed are the ids that rows point to, each once.
func pointed[N any](rows []N, to func(N) []*ID) []ID {
	var ids []ID
	for _, row := range rows {
		for _, id := range to(row) {
			if id != nil {
				ids = append(ids, *id)
			}
		}
	}
	return distinct(ids)
}

func idsOfRows[N Node](rows []N) []ID {
	ids := make([]ID, len(rows))
	for i, row := range rows {
		ids[i] = row.NodeID()
	}
	return ids
}

// together names several in one cell.
func together[N any](all []N, name func(N) string) string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = name(one)
	}
	return strings.Join(texts, ", ")
}

// only1 is for a page of one parent.
func only1[N any](pages []*page.Connection[N], err error) (*page.Connection[N], error) {
	if err != nil {
		return nil, err
	}
	return pages[0], nil
}
