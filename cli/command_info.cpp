// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <memory>

#include <fmt/format.h>
#include <quoit/observer.hpp>

#include "commands.hpp"
#include "elapsed.hpp"
#include "human.hpp"
#include "json_output.hpp"
#include "names.hpp"
#include "output.hpp"
#include "process.hpp"
#include "table.hpp"

namespace cli {

namespace {

struct options {
  name_choice names;
  std::string path;
  bool as_json = false;
};

std::string who(pid_t pid, std::uint64_t start_time, std::string const& label) {
  auto const command = command_of(pid, start_time);
  std::string text = fmt::format("pid {}", pid);
  if (!command.empty()) text += ", " + command;
  if (!label.empty() && label != command) text += ", '" + label + "'";
  return text;
}

std::string who(quoit::channel_sample const& s, std::uint32_t slot) {
  for (auto const& p : s.participants) {
    if (p.slot == slot) return fmt::format("slot {} ({})", slot, who(p.pid, p.start_time, p.label));
  }
  return fmt::format("slot {}", slot);
}

void line(char const* what, std::string const& text) { print(fmt::format("  {:<9}{}\n", what, text)); }

void print_ring(quoit::channel_info const& i, quoit::channel_sample const& s) {
  bool const stream = i.kind == quoit::stream;
  line("ring", stream ? as_bytes(i.capacity)
                      : fmt::format("{}, at most {} records; the longest message {}", as_bytes(i.capacity),
                                    i.records - 1, as_bytes(i.max_payload)));
  if (s.status != quoit::status::ok) {
    line("holds", fmt::format("cannot be told: {}", quoit::to_string(s.status)));
  } else if (s.records == 0) {
    line("holds", fmt::format("nothing; the next {} is {}", stream ? "position" : "number", s.head));
  } else if (stream) {
    line("holds",
         fmt::format("{} ({}), positions {} to {}", as_bytes(s.bytes), as_share(s.bytes, i.capacity), s.floor, s.head));
  } else {
    auto const share = s.limited_by_records ? as_share(s.records, i.records - 1) : as_share(s.bytes, i.capacity);
    line("holds", fmt::format("{} in {} records, numbers {} to {}; {} full by {}", as_bytes(s.bytes), s.records,
                              s.floor, s.head - 1, share, s.limited_by_records ? "records" : "bytes"));
  }
}

void print_rules(quoit::channel_info const& i) {
  auto rules = fmt::format("{}, {} subscribers ({} of them reliable)",
                           i.publishers == 1 ? "one publisher" : fmt::format("{} publishers", i.publishers), i.slots,
                           i.max_reliable);
  if (i.creator_only) rules += ", published in by its creator alone";
  if (i.kind != quoit::stream)
    rules += fmt::format(", aligned to {}, {} time stamps", i.alignment, i.timestamps ? "with" : "no");
  line("rules", rules);
  if (i.type != quoit::type_id{}) line("type", quoit::to_string(i.type));
  if (!i.path.empty()) line("file", safe_text(i.path));
}

void print_waits(quoit::channel_info const& i, quoit::channel_sample const& s) {
  if (s.slowest) {
    auto room = fmt::format("room for {}", as_bytes(s.room_bytes));
    if (i.kind != quoit::stream) room += fmt::format(", {} records", s.room_records);
    line("slowest", fmt::format("{}; {} before publishers wait for it", who(s, *s.slowest), room));
  }
  if (auto const& c = s.held_up_by) {
    line("held up", fmt::format("record {} is reserved by {}{}; {} behind it", c->sequence, who(s, c->publisher.slot),
                                c->is_dead ? ", which is dead" : "", c->behind));
  }
}

void print_participants(quoit::channel_sample const& s, bool stream) {
  table t({{"SLOT", align::right},
           {"ROLE"},
           {"STATE"},
           {"PID", align::right},
           {"COMMAND"},
           {"LABEL"},
           {"LAG", align::right},
           {"BEHIND", align::right},
           {stream ? "CALLS" : "MESSAGES", align::right},
           {"BYTES", align::right},
           {"LOST", align::right},
           {"DROPPED", align::right},
           {"SLEEPS", align::right}});
  for (auto const& p : s.participants) {
    bool const publishes = p.role == decltype(p.role)::publisher;
    bool const dead = p.state == quoit::participant_state::dead;
    t.add({std::to_string(p.slot), role_of(p), painted(dead ? paint::red : paint::none, quoit::to_string(p.state)),
           std::to_string(p.pid), command_of(p.pid, p.start_time), p.label, publishes ? "" : std::to_string(p.lag),
           publishes     ? ""
           : p.lag_bytes ? as_bytes(*p.lag_bytes)
                         : "gone",
           std::to_string(p.messages), as_bytes(p.bytes),
           p.delivery == quoit::lossy && !publishes ? std::to_string(p.lost) : "",
           publishes ? std::to_string(p.dropped) : "", std::to_string(p.sleeps)});
  }
  for (auto const& text : t.lines()) print("  " + text + "\n");
}

void print_one(quoit::listing const& l, quoit::observer const& o) {
  auto const i = o.info();
  auto const s = o.sample();
  auto const now = std::chrono::system_clock::now().time_since_epoch();
  auto const age = elapsed(i.created, std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  auto const state = s.retired ? "retired, " : l.state == decltype(l.state)::dormant ? "dormant, " : "";
  print(fmt::format("{}  {}, {}, {}created {} ago, uuid {}\n",
                    painted(paint::bold, i.name.empty() ? safe_text(i.path) : i.name), name_of(i.kind),
                    quoit::to_string(i.backing), state, as_time(std::chrono::nanoseconds(age)), i.uuid));
  print_ring(i, s);
  print_rules(i);
  std::string holders;
  for (auto const pid : l.holders) holders += (holders.empty() ? "" : "; ") + who(pid, 0, "");
  line("holders", holders.empty() ? "nobody" : holders);
  line("ends", fmt::format("{} publishers have closed or died", s.ends));
  print_waits(i, s);
  if (!s.participants.empty()) print_participants(s, i.kind == quoit::stream);
}

json json_of(quoit::listing const& l, quoit::observer const& o) {
  auto j = to_json(o.info());
  j["state"] = name_of(l.state);
  j["holders"] = json::array();
  for (auto const pid : l.holders) j["holders"].push_back({{"pid", pid}, {"command", command_of(pid)}});
  j.update(to_json(o.sample()));
  return j;
}

exit_code info(options const& o) {
  exit_code code = exit_code::ok;
  json all = json::array();
  bool first = true;
  auto const show = [&](quoit::listing const& l, auto open) {
    try {
      auto const seen = open();
      if (o.as_json) {
        all.push_back(json_of(l, seen));
      } else {
        if (!std::exchange(first, false)) print("\n");
        print_one(l, seen);
      }
    } catch (quoit::error const& e) {
      code = worse(code, complain(e));
    }
  };
  if (!o.path.empty()) {
    quoit::listing l;
    l.state = decltype(l.state)::dormant;
    for (auto const& e : quoit::channel::list()) {
      if (e.file == o.path) l = e;
    }
    show(l, [&] { return quoit::observer::open_file(o.path, {.survive_truncation = true}); });
  } else {
    for (auto const& l : o.names.find())
      show(l, [&] { return quoit::observer::open(l.name, {.survive_truncation = true}, o.names.owner); });
  }
  if (o.as_json) print_json({{"channels", std::move(all)}});
  return code;
}

}  // namespace

void add_info(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<options>();
  verb const v(app, "info",
               "  quoit info camera/front\n"
               "  quoit info --all --json | jq '.channels[].participants[].lag'\n"
               "  quoit info --file /var/lib/robot/log.quoit\n",
               "Show all about a channel: its rules, who takes part, and who waits for whom");
  auto const path = v.add_option("-f,--file", o->path, "The channel in this file, whether or not anybody uses it");
  o->names.add_to(v, true);
  o->names.add_owner_to(v);
  v.add_flag("--json", o->as_json, "As JSON");
  v.run_as(chosen, [o, path] {
    if (!path.is_given() && o->names.words.empty() && !o->names.all) is_missing("NAME, --all or --file");
    return info(*o);
  });
}

}  // namespace cli
