package crm_test

import (
	"context"
	"testing"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
	"klantkaart/db/dbtest"
)

func TestAnOfficeIsFoundedWithItsAdministrator(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		ctx, services := context.Background(), crmtest.On(t, store).CRM
		given := crm.NewOffice{Name: "Kantoor Oost", Administrator: "An de Vries", Email: "An@oost.example", Password: "een lang wachtwoord"}
		if _, err := services.Offices.Found(ctx, given); err != nil {
			t.Fatal(err)
		}
		signedIn, err := services.Sessions.SignIn(ctx, "an@oost.example", given.Password)
		if err != nil {
			t.Fatal(err)
		}
		actor, err := services.Sessions.Authenticate(ctx, signedIn.Token)
		if err != nil || actor.Role != crm.Admin || !actor.Rights.Has(crm.ViewFinance) {
			t.Errorf("actor: %+v, %v", actor, err)
		}
		if _, err := services.Offices.Found(ctx, given); len(crm.FaultsOf(err)) != 1 || crm.FaultsOf(err)[0].Code != crm.Duplicate {
			t.Errorf("founded again: %v", err)
		}
	})
}

func TestAnOfficeTellsAllThatIsWrong(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.DB) {
		_, err := crmtest.On(t, store).Offices.Found(context.Background(),
			crm.NewOffice{Name: "...", Administrator: "An", Email: "geen adres", Password: "kort"})
		if faults := crm.FaultsOf(err); len(faults) != 3 {
			t.Errorf("faults: %v", err)
		}
	})
}
