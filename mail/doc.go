// Package mail writes the e-mails of the product and delivers them by SMTP.
//
// The content of an e-mail is stored as plain data when its cause is committed, rendered when the e-mail is sent (Render), and given to a
// relay for one recipient at a time (Sender.Send). The package keeps no queue and retries nothing: it tells its caller whether another
// attempt can help (IsPermanent). Rules: rules.md §8 and the page's "Email Notifications".
package mail
