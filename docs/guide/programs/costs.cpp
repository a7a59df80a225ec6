// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <quoit/quoit.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace quoit::literals;

namespace {

constexpr int laps = 8;

struct way {
  std::string label;
  quoit::channel_options options;
};

/// All that is measured, as columns of a table.
enum column : std::size_t { creating, opening, joining, first_write, fill, scatter, columns };

using figures = std::array<double, columns>;

/// Calls `f` and says how many microseconds it took.
template <class F>
double time_of(F&& f) {
  auto const begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

/// One channel's life, with the data mapped as the options say.
figures measure(quoit::channel_options const& options) {
  figures us{};
  quoit::channel made;
  quoit::channel opened;
  quoit::stream_writer writer;
  us[creating] = time_of([&] { made = quoit::channel::create("demo/costs", options); });
  us[opening] = time_of([&] { opened = quoit::channel::open("demo/costs", {.mapping = options.mapping}); });
  us[joining] = time_of([&] { writer = opened.stream_writer(); });
  auto const ring = writer.prepare(*options.capacity).bytes;
  us[first_write] = time_of([&] { std::memset(ring.data(), 1, ring.size()); });
  us[fill] = time_of([&] {
    for (int i = 0; i < laps; ++i) std::memset(ring.data(), i, ring.size());
  });
  std::uint64_t at = 1;
  us[scatter] = time_of([&] {
    for (int i = 0; i < 100'000; ++i) {
      at = at * 6364136223846793005U + 1442695040888963407U;
      std::memcpy(ring.data() + (at >> 20U) % (ring.size() / 8) * 8, &at, sizeof at);
    }
  });
  us[fill] = laps * static_cast<double>(ring.size()) / us[fill] / 1000;  // GB/s
  us[scatter] /= 100;                                                    // ns for each store
  quoit::channel::remove("demo/costs");
  return us;
}

/// The median, and between which values nine tenths lie.
void print(std::vector<figures> const& rounds, column c) {
  std::vector<double> all;
  for (auto const& r : rounds) all.push_back(r[c]);
  std::sort(all.begin(), all.end());
  auto const at = [&](std::size_t twentieths) { return all[(all.size() - 1) * twentieths / 20]; };
  int const digits = at(10) < 100 ? 1 : 0;
  std::array<char, 100> text{};
  std::snprintf(text.data(), text.size(), "%.*f (%.*f-%.*f)", digits, at(10), digits, at(1), digits, at(19));
  std::printf(" %22s", text.data());
}

std::vector<way> all_ways(std::uint64_t capacity, std::string const& disk) {
  std::vector<way> all;
  auto const add = [&](char const* label, quoit::backing backing, std::string path, quoit::mapping_options mapping) {
    all.push_back({label,
                   {.capacity = capacity,
                    .kind = quoit::stream,
                    .backing = backing,
                    .path = std::move(path),
                    .mapping = mapping}});
  };
  using quoit::backing;
  add("memfd", backing::memfd, {}, {});
  add("memfd, prefault", backing::memfd, {}, {.prefault = true});
  add("memfd, lock", backing::memfd, {}, {.lock = true});
  add("memfd, huge_pages", backing::memfd, {}, {.huge_pages = true});
  add("hugetlb", backing::hugetlb, {}, {});
  add("file in /dev/shm", backing::file, "/dev/shm/demo-costs.ring", {});
  add("file on a disk", backing::file, disk, {});
  add("file on a disk, prefault", backing::file, disk, {.prefault = true});
  add("sysv", backing::sysv, {}, {});
  add("sysv, prefault", backing::sysv, {}, {.prefault = true});
  return all;
}

}  // namespace

/// costs [ROUNDS [MIB [FILE ON A DISK]]]
int main(int argc, char** argv) {
  auto const rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 5;
  auto const capacity = static_cast<std::uint64_t>(argc > 2 ? std::max(2, std::atoi(argv[2])) : 4) * 1_MiB;
  auto const ways = all_ways(capacity, argc > 3 ? argv[3] : "/var/tmp/demo-costs.ring");
  std::printf("%-24s", "");
  for (auto const* name : {"create us", "open us", "join us", "first write us", "fill GB/s", "scattered store ns"}) {
    std::printf(" %22s", name);
  }
  std::printf("\n");
  for (auto const& [label, options] : ways) {
    std::printf("%-24s", label.c_str());
    try {
      std::vector<figures> all;
      for (int i = 0; i < rounds; ++i) all.push_back(measure(options));
      for (std::size_t c = 0; c < columns; ++c) print(all, static_cast<column>(c));
      std::printf("\n");
    } catch (quoit::error const& e) {
      std::printf(" not here: %s\n", e.what());
    }
  }
  std::printf("%zu ways to have %llu MiB\n", ways.size(), static_cast<unsigned long long>(capacity / 1_MiB));
}
