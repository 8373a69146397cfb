// The page of a member's open offers.
#include <fmt/format.h>

#include "pages/pages.h"
#include "pages/sheet.h"
#include "text/calendar.h"

namespace zoobar {

using ctemplate::TemplateDictionary;

namespace {

// The section of the template that says what became of an offer; null: none.
const char* SectionOf(OffersPage::Outcome outcome) {
  switch (outcome) {
    case OffersPage::Outcome::kNone:
      return nullptr;
    case OffersPage::Outcome::kOffered:
      return "OFFERED";
    case OffersPage::Outcome::kAccepted:
      return "ACCEPTED";
    case OffersPage::Outcome::kDeclined:
      return "DECLINED";
    case OffersPage::Outcome::kWithdrawn:
      return "WITHDRAWN";
    case OffersPage::Outcome::kNotOffered:
      return "NOT_OFFERED";
    case OffersPage::Outcome::kNotEnded:
      return "NOT_ENDED";
    case OffersPage::Outcome::kUnknown:
      return "UNKNOWN";
  }
  return nullptr;
}

void AddOutcome(TemplateDictionary& into, const OffersPage& page) {
  const char* const section = SectionOf(page.outcome);
  if (!section) return;
  TemplateDictionary& outcome = *into.AddSectionDictionary(section);
  outcome.SetValueWithoutCopy("WHO", Str(page.other));
  AddZoobars(outcome, "MOVED", page.moved);
  outcome.SetValueWithoutCopy("REASON", Str(page.reason));
  if (page.repeated) outcome.ShowSection("REPEATED");
  if (!page.other.empty()) outcome.ShowSection("OTHER");
}

void AddOffer(TemplateDictionary& list, const OffersPage::Offer& from) {
  TemplateDictionary& offer = *list.AddSectionDictionary("OFFER");
  offer.SetValue("NUMBER", fmt::format("{}", from.number));
  offer.SetValueWithoutCopy("NAME", Str(from.other));
  AddZoobars(offer, "AMOUNT", from.zoobars);
  offer.SetValue("MADE_AT", ReadableTime(from.time_ms));
  offer.SetValue("MADE_ISO", IsoTime(from.time_ms));
  offer.SetValue("EXPIRES", ReadableTime(from.expires_ms));
  offer.SetValue("EXPIRES_ISO", IsoTime(from.expires_ms));
  if (!from.note.empty()) offer.AddSectionDictionary("NOTED")->SetValueWithoutCopy("NOTE", Str(from.note));
}

// Adds the section with the offers that the member has made, or with those that the member has got.
void AddOffers(TemplateDictionary& into, const std::vector<OffersPage::Offer>& offers, bool made) {
  TemplateDictionary& section = *into.AddSectionDictionary(made ? "MADE" : "GOT");
  TemplateDictionary* list = nullptr;
  for (const OffersPage::Offer& offer : offers) {
    if (offer.made != made) continue;
    if (!list) list = section.AddSectionDictionary("LIST");
    AddOffer(*list, offer);
  }
  if (!list) section.ShowSection("NONE");
}

}  // namespace

std::string Pages::Render(const OffersPage& page) const {
  Sheet sheet(*this, "offers", "Offers", page.member, Sheet::Place::kTransfer);
  AddOutcome(sheet.content(), page);
  if (page.zoobars) {
    sheet.SetZoobars("ZOOBARS", *page.zoobars);
    sheet.Show("BALANCE");
  }
  if (page.offers) {
    for (const bool made : {false, true}) AddOffers(sheet.content(), *page.offers, made);
  }
  sheet.Set("RECIPIENT", page.recipient);
  sheet.Set("AMOUNT", page.amount);
  sheet.Set("DAYS", page.days);
  sheet.Set("NOTE", page.note);
  sheet.Set("MOST_DAYS", page.most_days);
  sheet.Set("MOST_NOTE", page.most_note);
  sheet.Set("SUBMISSION", page.submission);
  return sheet.Done();
}

}  // namespace zoobar
