// SPDX-License-Identifier: BSL-1.0
#include "json_output.hpp"

#include <fmt/format.h>

#include "output.hpp"
#include "process.hpp"
#include "system/utf8.hpp"

namespace cli {

namespace {

/// JSON in which those control characters are escaped, too, that need not be: DEL, and those of Latin-1.
std::string with_all_escapes(std::string_view text) {
  static constexpr std::string_view firsts = "\x7F\xC2";
  std::string out;
  std::size_t done = 0;
  for (auto i = text.find_first_of(firsts); i != std::string_view::npos; i = text.find_first_of(firsts, i + 1)) {
    if (quoit::sys::harmless_at(text, i) != 0) continue;
    auto const end = i + quoit::sys::character_at(text, i);
    out += text.substr(done, i - done);
    out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[end - 1]));
    done = end;
  }
  out += text.substr(done);
  return out;
}

}  // namespace

json to_json(quoit::channel_info const& i) {
  json j{{"name", i.name},
         {"kind", name_of(i.kind)},
         {"backing", quoit::to_string(i.backing)},
         {"path", i.path},
         {"uuid", i.uuid},
         {"created", i.created},
         {"capacity", i.capacity},
         {"records", i.records},
         {"max_payload", i.max_payload},
         {"publishers", i.publishers},
         {"slots", i.slots},
         {"max_reliable", i.max_reliable},
         {"alignment", i.alignment},
         {"timestamps", i.timestamps},
         {"creator_only", i.creator_only},
         {"barrier", i.barrier == quoit::barrier::fence ? "fence" : "asymmetric"},
         {"header_bytes", i.header_bytes}};
  j["type"] = {{"name", i.type.name},
               {"version", i.type.version},
               {"size", i.type.size},
               {"alignment", i.type.alignment},
               {"tail", i.type.tail}};
  return j;
}

json to_json(quoit::listing const& l) {
  json j{{"name", l.name}, {"state", name_of(l.state)}, {"entry", l.path}};
  if (l.capacity != 0) {
    j["kind"] = name_of(l.kind);
    j["backing"] = quoit::to_string(l.backing);
    j["path"] = l.file;
    j["capacity"] = l.capacity;
    j["created"] = l.created;
    j["holders"] = l.holders;
  }
  if (!l.note.empty()) j["note"] = l.note;
  return j;
}

json to_json(quoit::channel_level const& l) {
  return {{"status", quoit::to_string(l.status)},
          {"time", l.time},
          {"head", l.head},
          {"head_position", l.head_position},
          {"floor", l.floor},
          {"floor_position", l.floor_position},
          {"records", l.records},
          {"bytes", l.bytes},
          {"limited_by", l.limited_by_records ? "records" : "bytes"},
          {"retired", l.retired},
          {"ends", l.ends},
          {"newest_time", l.newest_time}};
}

json to_json(quoit::observed_participant const& p) {
  json j{{"slot", p.slot},     {"generation", p.generation},
         {"role", role_of(p)}, {"state", quoit::to_string(p.state)},
         {"pid", p.pid},       {"command", command_of(p.pid, p.start_time)},
         {"label", p.label},   {"position", p.position}};
  if (p.role != decltype(p.role)::publisher) {
    j["lag"] = p.lag;
    j["lag_bytes"] = p.lag_bytes ? json(*p.lag_bytes) : json();
    j["waiting_since"] = p.waiting_since;
  }
  j.update({{"messages", p.messages},
            {"bytes", p.bytes},
            {"lost", p.lost},
            {"dropped", p.dropped},
            {"sleeps", p.sleeps},
            {"overslept", p.overslept},
            {"recovered", p.recovered}});
  return j;
}

json to_json(quoit::channel_sample const& s) {
  json j{{"level", to_json(static_cast<quoit::channel_level const&>(s))}, {"participants", json::array()}};
  for (auto const& p : s.participants) j["participants"].push_back(to_json(p));
  j["slowest"] = s.slowest ? json(*s.slowest) : json();
  j["room_bytes"] = s.room_bytes;
  j["room_records"] = s.room_records;
  j["held_up_by"] = json();
  if (auto const& c = s.held_up_by) {
    j["held_up_by"] = {
        {"sequence", c->sequence}, {"slot", c->publisher.slot}, {"dead", c->is_dead}, {"behind", c->behind}};
  }
  return j;
}

json to_json(flow const& f) {
  return {{"interval", f.interval},
          {"messages", f.messages},
          {"bytes", f.bytes},
          {"messages_per_second", f.messages_a_second()},
          {"bytes_per_second", f.bytes_a_second()},
          {"lost", f.lost},
          {"dropped", f.dropped},
          {"sleeps", f.sleeps}};
}

void print_json(json const& object) {
  json whole{{"schema", json_schema}};
  whole.update(object);
  print(with_all_escapes(whole.dump(-1, ' ', false, json::error_handler_t::replace)) + "\n");
}

char const* name_of(quoit::kind k) noexcept { return k == quoit::kind::stream ? "stream" : "messages"; }

char const* name_of(decltype(quoit::listing{}.state) s) noexcept {
  using state = decltype(s);
  switch (s) {
    case state::alive: return "alive";
    case state::stale: return "stale";
    case state::dormant: return "dormant";
    case state::foreign: return "foreign";
    case state::damaged: return "damaged";
  }
  return "unknown";
}

char const* role_of(quoit::participant_info const& p) noexcept {
  if (p.role == decltype(p.role)::publisher) return "publisher";
  return p.delivery == quoit::lossy ? "lossy" : "reliable";
}

}  // namespace cli
