// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <quoit/observer.hpp>

#include "commands.hpp"
#include "human.hpp"
#include "json_output.hpp"
#include "message_format.hpp"
#include "output.hpp"
#include "terminal.hpp"

namespace cli {

namespace {

constexpr std::uint64_t bytes_of_a_prefix = 16;

struct options {
  std::string name;
  std::string path;
  std::uint64_t last = 16;
  bool all = false;
  std::string bytes = "256";
  bool as_json = false;
  std::optional<std::uint32_t> owner{};
};

void print_header(quoit::channel_info const& i, quoit::channel_sample const& s) {
  auto const line = [](char const* what, auto const& value) { print(fmt::format("  {:<16} {}\n", what, value)); };
  print(painted(paint::bold, "superblock") + "\n");
  line("name", i.name.empty() ? "(by its file)" : i.name);
  line("kind", name_of(i.kind));
  line("backing", quoit::to_string(i.backing));
  if (!i.path.empty()) line("file", safe_text(i.path));
  line("uuid", i.uuid);
  line("created", fmt::format("{} ns since 1970", i.created));
  line("header", fmt::format("{} bytes", i.header_bytes));
  line("capacity", fmt::format("{} bytes", i.capacity));
  if (i.kind != quoit::stream) {
    line("descriptors", i.records);
    line("alignment", i.alignment);
    line("time stamps", i.timestamps ? "yes" : "no");
  }
  line("publishers",
       i.creator_only ? fmt::format("{}, of its creator alone", i.publishers) : fmt::to_string(i.publishers));
  line("slots", fmt::format("{}, {} of them reliable", i.slots, i.max_reliable));
  line("type", quoit::to_string(i.type));
  print(painted(paint::bold, "words") + "\n");
  line("state", quoit::to_string(s.status));
  line("head", fmt::format("{}, at position {}", s.head, s.head_position));
  line("floor", fmt::format("{}, at position {}", s.floor, s.floor_position));
  line("held", fmt::format("{} bytes", s.bytes));
  line("retired", s.retired ? "yes" : "no");
  line("ends", s.ends);
  print(painted(paint::bold, "places") + "\n");
  for (auto const& p : s.participants) {
    line(fmt::format("{}", p.slot).c_str(),
         fmt::format("{} {}, generation {}, pid {}, '{}', at {}, {} messages, {} bytes", role_of(p),
                     quoit::to_string(p.state), p.generation, p.pid, p.label, p.position, p.messages, p.bytes));
  }
}

void print_record(quoit::channel_info const& i, quoit::observed_record const& r, std::uint64_t most) {
  auto const offset = r.position % i.capacity;
  auto const batch = r.index == 0 ? std::string() : fmt::format(", {} in its batch", r.index);
  print(painted(paint::cyan, fmt::format("record {}{}: position {}, offset {:#x}, {} bytes, tag {}, slot {}{}",
                                         r.sequence, batch, r.position, offset, r.bytes.size(), r.tag, r.publisher.slot,
                                         r.time == 0 ? "" : fmt::format(", time {}", r.time))) +
        "\n");
  auto const shown = r.bytes.first(std::min<std::size_t>(r.bytes.size(), most));
  print(hex_lines(shown, (offset + bytes_of_a_prefix) % i.capacity));
  if (shown.size() < r.bytes.size()) print(fmt::format("  ({} more bytes)\n", r.bytes.size() - shown.size()));
}

exit_code dump(options const& o) {
  auto const seen = o.path.empty() ? quoit::observer::open(o.name, {.survive_truncation = true}, o.owner)
                                   : quoit::observer::open_file(o.path, {.survive_truncation = true});
  auto const i = seen.info();
  auto const s = seen.sample();
  auto const most = parse_bytes(o.bytes);
  if (o.as_json) {
    auto j = to_json(i);
    j.update(to_json(s));
    print_json({{"channel", j}});
  } else {
    print_header(i, s);
    print(painted(paint::bold, "ring") + "\n");
  }
  if (i.kind == quoit::stream) {
    std::vector<std::byte> tail;
    auto const position = seen.copy_last(o.all ? i.capacity : most, tail);
    if (!o.as_json) {
      print(painted(paint::cyan, fmt::format("bytes from position {}, offset {:#x}", position, position % i.capacity)) +
            "\n" + hex_lines(tail, position % i.capacity));
    }
    return exit_code::ok;
  }
  auto const json_format = message_format::as_json();
  auto const show = [&](quoit::observed_record const& r) {
    if (o.as_json) {
      json_format.print({r.bytes, r.sequence, r.index, r.tag, r.time});
    } else {
      print_record(i, r, most);
    }
  };
  auto const r = o.all ? seen.read(0, show) : seen.read_last(o.last, show);
  if (r.lost > 0) fmt::print(stderr, "quoit: {} records were written over meanwhile\n", r.lost);
  if (r.status == quoit::status::ok) return exit_code::ok;
  fmt::print(stderr, "quoit: the ring could not be read: {}\n", quoit::to_string(r.status));
  return exit_code::failure;
}

}  // namespace

void add_dump(CLI::App& app, action& chosen) {
  auto const o = std::make_shared<options>();
  verb const v(app, "dump",
               "  quoit dump log                                   its words, and the last 16 records\n"
               "  quoit dump log --all --bytes 4K\n"
               "  quoit dump --file /var/lib/robot/log.quoit       also of a dead one\n"
               "  quoit dump log --json\n",
               "Decode a channel and show what it holds as a hexdump. Takes no part");
  auto const name = v.add_option("NAME", o->name, "The channel");
  v.add_option("--owner", o->owner, "Whose channel it may be (a user's number), beside yours and root's");
  auto const path = v.add_option("-f,--file", o->path, "The channel in this file").excludes(name);
  auto const last = v.add_option("--last", o->last, "How many records (16)");
  v.add_flag("-a,--all", o->all, "All that are kept").excludes(last);
  v.add_option("--bytes", o->bytes, "How much of each; of a stream, how much of its end (256)");
  v.add_flag("--json", o->as_json, "The channel as one JSON object, then each record on a line, whole");
  v.when_read([name, path] {
    if (!name.is_given() && !path.is_given()) is_missing("NAME or --file");
  });
  v.run_as(chosen, [o] { return dump(*o); });
}

}  // namespace cli
