package crm

// demoFunctions tell of the contacts' functions what their titles do not: department and role.
func demoFunctions(title string) (department, role string) {
	switch title {
	case "Algemeen directeur", "Directeur-eigenaar":
		return "Directie", "Beslisser"
	case "Financieel directeur":
		return "Financiën", "Beslisser"
	case "Projectdirecteur", "CTO", "Bedrijfsleider", "Teammanager Ruimte":
		return "", "Beslisser"
	case "Inkoper inhuur", "Senior inkoper":
		return "Inkoop", "Inkoper"
	case "Financiële administratie", "Administratie":
		return "Financiën", "Financiën"
	case "HR-adviseur", "HR-manager":
		return "HR", "HR"
	case "Hoofd engineering":
		return "Techniek", "Beïnvloeder"
	case "Manager facilitair":
		return "", "Beïnvloeder"
	case "Werkvoorbereider", "Planner":
		return "Projecten", "Gebruiker"
	}
	return "", ""
}

// work gives a contact of the demo office its function, at the moment it became known.
func (d *demo) work(contact *Contact) {
	for _, function := range d.functions {
		if function.ContactID == contact.ID {
			return
		}
	}
	if contact.Function == nil {
		return
	}
	function := &ContactFunction{OrganizationID: d.office.ID, ContactID: contact.ID, Title: *contact.Function, IsPrimary: true, CreatedAt: d.tx.Now}
	department, role := demoFunctions(function.Title)
	if department != "" {
		function.Department = &department
	}
	if role != "" {
		function.RoleID = d.lookup(ContactRoleList, role)
	}
	contact.follow(function)
	d.functions = append(d.functions, function)
}

// numberFunctions gives the functions their ids, behind all that was there before them.
func (d *demo) numberFunctions() {
	for _, function := range d.functions {
		function.ID = d.tx.core.newID(functionPrefix)
	}
}
