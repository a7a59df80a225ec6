// SPDX-License-Identifier: BSL-1.0
// Runs one operation many times, for scripts/instructions, which counts the instructions within `counted`.
//
//   quoit-instructions --list
//   quoit-instructions OPERATION RULES ROUNDS      RULES: one, one-fence, many, many-fence
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "quoit/quoit.hpp"

using namespace quoit;

namespace {

struct stage {
  channel messages;
  channel bytes;
  publisher pub;
  subscriber sub;
  std::vector<subscriber> others;  ///< That have read everything, too, before the next round.
  stream_writer writer;
  stream_reader reader;
};

struct operation {
  char const* name;
  void (*before)(stage&);   ///< Not counted.
  void (*counted)(stage&);  ///< Counted.
  void (*after)(stage&);    ///< Not counted.
  std::size_t others = 0;
  quoit::delivery delivery = reliable;
};

void nothing(stage&) {}
void send_one(stage& s) { s.pub.reserve(64).commit(); }
void take_one(stage& s) {
  if (!s.sub.receive()) std::abort();
}
void send_large(stage& s) { s.pub.reserve(1024).commit(); }
void all_take_one(stage& s) {
  take_one(s);
  for (auto& other : s.others) {
    if (!other.receive()) std::abort();
  }
}
void take_all(stage& s) {
  if (s.sub.poll([](message const&) {}).count == 0) std::abort();
}
void send_batch(stage& s) {
  auto run = s.pub.reserve_batch(32, 32 * 64);
  for (int i = 0; i < 32; ++i) run.append(64);
  run.commit();
}

constexpr std::array operations{
    operation{"reserve+commit", nothing, send_one, take_one},
    operation{"reserve", nothing, [](stage& s) { s.pub.reserve(64); }, nothing},  // and discard
    operation{"receive+release", send_one, take_one, nothing},
    operation{"all four", nothing,
              [](stage& s) {
                send_one(s);
                take_one(s);
              },
              nothing},
    operation{"receive nothing", nothing, [](stage& s) { s.sub.try_receive(); }, nothing},
    operation{"poll of one", send_one, take_all, nothing},
    operation{"poll of 32",
              [](stage& s) {
                for (int i = 0; i < 32; ++i) send_one(s);
              },
              take_all, nothing},
    operation{"batch of 32", nothing, send_batch, take_all},
    operation{"poll of a batch of 32", send_batch, take_all, nothing},
    operation{"1 KiB to 1", nothing, send_large, all_take_one},
    operation{"1 KiB to 1, 8 lossy beside it", nothing, send_large, all_take_one, 8, lossy},
    operation{"1 KiB to 1, 63 lossy beside it", nothing, send_large, all_take_one, 63, lossy},
    operation{"1 KiB to 8", nothing, send_large, all_take_one, 7},
    operation{"1 KiB to 64", nothing, send_large, all_take_one, 63},
    operation{"prepare+commit", nothing,
              [](stage& s) {
                s.writer.prepare(4096);
                s.writer.commit(4096);
              },
              [](stage& s) { s.reader.consume(s.reader.data().bytes.size()); }},
    operation{"data+consume",
              [](stage& s) {
                s.writer.prepare(4096);
                s.writer.commit(4096);
              },
              [](stage& s) { s.reader.consume(s.reader.data().bytes.size()); }, nothing},
};

operation const& operation_of(std::string const& name) {
  for (auto const& o : operations) {
    if (name == o.name) return o;
  }
  std::fprintf(stderr, "there is no operation '%s'\n", name.c_str());
  std::exit(2);
}

}  // namespace

/// What is counted. Its own call and return are about 5 instructions of the count.
extern "C" [[gnu::noinline]] void counted(void (*what)(stage&), stage& s) {
  what(s);
  asm volatile("" ::: "memory");
}

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) {
    for (auto const& o : operations) std::puts(o.name);
    return 0;
  }
  if (argc != 4) return 2;
  auto const& chosen = operation_of(argv[1]);
  std::string const rules = argv[2];
  auto const rule = rules.ends_with("-fence") ? barrier::fence : barrier::asymmetric;
  stage s;
  s.messages = channel::create_anonymous({.publishers = rules.starts_with("many") ? 2 : 1, .barrier = rule});
  s.bytes = channel::create_anonymous({.kind = quoit::stream, .barrier = rule});
  s.pub = s.messages.publisher();
  s.sub = s.messages.subscriber();
  for (std::size_t i = 0; i < chosen.others; ++i)
    s.others.push_back(s.messages.subscriber({.delivery = chosen.delivery}));
  s.writer = s.bytes.stream_writer();
  s.reader = s.bytes.stream_reader();
  for (long i = 0, rounds = std::strtol(argv[3], nullptr, 10); i < rounds; ++i) {
    chosen.before(s);
    counted(chosen.counted, s);
    chosen.after(s);
  }
}
