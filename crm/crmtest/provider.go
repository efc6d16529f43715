package crmtest

import "klantkaart/crm"

// Provider reads an identity provider by its name.
func (o *Office) Provider(name string) *crm.IdentityProvider {
	o.t.Helper()
	provider := new(crm.IdentityProvider)
	one(o, provider, "name = ?", name)
	return provider
}
