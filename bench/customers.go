package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"klantkaart/crm"
)

// table is what is to be written into one table of the database: for each of n numbers its rows, with a
// value for each column.
type table struct {
	name    string
	columns string // separated by white space
	n       int
	rows    func(i int, add func(values ...any))
}

func (t table) columnNames() []string { return strings.Fields(t.columns) }

type user struct {
	id, name, email, role string
}

func (o *office) user(i int) user {
	d := roll(o.seed, aUser, i)
	first, last := pick(&d, o.words.firsts), pick(&d, o.words.families)
	u := user{id: d.id("usr", founded()), name: first + " " + last, role: "COLLEAGUE",
		email: fmt.Sprintf("%s%d@kantoor.example", mailName(first), i+1)}
	if i == 0 {
		u.role = "ADMIN"
	}
	return u
}

func (o *office) usersTable() table {
	return table{name: "users", n: o.scale.users,
		columns: "organization_id id name sort_key email job_title role finance active created_at",
		rows: func(i int, add func(...any)) {
			u := o.user(i)
			d := roll(o.seed, aUser, i)
			add(o.id, u.id, u.name, crm.Fold(u.name), u.email, pick(&d, o.words.jobs), u.role, i%4 == 0, true, founded())
		}}
}

func (o *office) organizationTable() table {
	return table{name: "organizations", n: 1, columns: "id name position created_at",
		rows: func(_ int, add func(...any)) { add(o.id, "Grootkantoor Detachering", 0, founded()) }}
}

// customer is what other rows need to know of a relation.
type customer struct {
	id, name, trade, number, kvk, city string
	prospect, archived                 bool
	created, updated                   time.Time
	d                                  dice // for the rest of the row
}

func (o *office) customer(i int) customer {
	d := roll(o.seed, aCustomer, i)
	c := customer{created: d.moment(founded(), opened()), updated: d.moment(opened(), present()), number: number(i)}
	c.id = d.id("cus", c.created)
	c.name = joined(" ", pick(&d, o.words.families), pick(&d, o.words.trades), pick(&d, o.words.forms))
	if d.percent(20) {
		c.trade = pick(&d, o.words.trades) + "huis " + pick(&d, o.words.families)
	}
	c.kvk = fmt.Sprintf("%08d", 20000000+i*7)
	c.city = pick(&d, o.words.cities).name
	c.prospect, c.archived = d.percent(25), d.percent(8)
	c.d = d
	return c
}

// number of a hundred customers' debtor numbers, which only those have that bought.
func (c customer) debtorNumber(i int) any {
	if c.prospect {
		return nil
	}
	return fmt.Sprint(130001 + i)
}

func (o *office) customersTable() table {
	return table{name: "customers", n: o.scale.customers,
		columns: `organization_id id version number debtor_number stage customer_since name name_key trade_name legal_form
			kvk_number rsin vat_id sbi_code sbi_version sector sector_key employees_count is_large_enterprise is_government
			visiting_address invoice_address city_key phone email email_domain postcode website language iban bank_accounts
			g_account_percentage vat_regime notes account_manager_id
			created_at created_by updated_at updated_by archived_at archived_by archived_reason`,
		rows: func(i int, add func(...any)) {
			c := o.customer(i)
			d := &c.d
			stage, since := "CUSTOMER", any(c.created.Format(time.DateOnly))
			if c.prospect {
				stage, since = "PROSPECT", nil
			}
			account, accounts := d.maybe(40, fmt.Sprintf("NL00BANK%010d", i)), any(nil)
			if account != nil {
				accounts = fmt.Sprintf(`[{"iban":%q,"holder":null,"description":null,"isPrimary":true}]`, account)
			}
			code, edition := d.maybe(50, "62010"), any(nil)
			if code != nil {
				edition = string(crm.Sbi2008)
			}
			address, postcode := o.address(d, c.city)
			sector, employees := pick(d, o.words.sectors), d.between(2, 900)
			domain := mailName(c.name) + ".example"
			var archivedAt, archivedBy, reason any
			if c.archived {
				archivedAt, archivedBy, reason = c.updated, pick(d, o.users), "Geen relatie meer."
			}
			add(o.id, c.id, d.between(1, 60), c.number, c.debtorNumber(i), stage, since, c.name, crm.Fold(c.name), orNull(c.trade), d.maybe(70, "BV"),
				c.kvk, d.maybe(60, fmt.Sprintf("%09d", 800000000+i)), d.maybe(60, fmt.Sprintf("NL%09dB01", 800000000+i)), code, edition,
				sector, crm.Fold(sector), employees, employees > 250, d.percent(5),
				address, d.maybe(60, address), crm.Fold(c.city), fmt.Sprintf("+3120%07d", d.below(10_000_000)), "info@"+domain, domain, postcode,
				"https://www."+domain, "NL", account, accounts,
				d.maybe(15, 2500), "STANDARD_21", d.maybe(40, pick(d, o.words.sentences)), d.maybe(95, pick(d, o.users)),
				c.created, pick(d, o.users), c.updated, pick(d, o.users), archivedAt, archivedBy, reason)
		}}
}

// address gives an address as the product stores it, and its postcode.
func (o *office) address(d *dice, city string) (encoded, postcode string) {
	street, house := pick(d, o.words.streets), fmt.Sprint(d.between(1, 400))
	for _, p := range o.words.cities {
		if p.name == city {
			postcode = fmt.Sprintf("%04d %c%c", p.postcode+d.below(80), 'A'+rune(d.below(18)), 'B'+rune(d.below(17)))
		}
	}
	text, err := json.Marshal(crm.Address{Street: &street, HouseNumber: &house, Postcode: &postcode, City: city, Country: "NL"})
	if err != nil {
		panic(err) // texts always marshal
	}
	return string(text), postcode
}

// mailName makes a part of a mail address of a name: only its letters and digits.
func mailName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, crm.Fold(name))
}
