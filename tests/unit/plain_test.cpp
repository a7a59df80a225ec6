// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <chrono>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include "quoit/plain.hpp"

using namespace quoit;

// All of it is checked by the compiler.

namespace {

enum class color { red };
struct pose {
  double x, y;
  float q[4];
};
static_assert(plain<int> && plain<double> && plain<color> && plain<std::byte> && plain<bool>);
static_assert(plain<pose>);
struct big {
  std::uint64_t a;
  float samples[4096];
  char name[64];
  pose p[16];
  std::array<pose, 3> q;
  color c;
  std::chrono::nanoseconds t;
  std::complex<float> z;
};
static_assert(plain<big>);
struct with_pointer {
  int a;
  char const* s;
};
static_assert(nature_of<with_pointer> == nature::address);
struct nested {
  int a;
  with_pointer w;
};
static_assert(nature_of<nested> == nature::address);
struct nested_later {
  pose p;
  int a[3];
  with_pointer w[2];
};
static_assert(nature_of<nested_later> == nature::address);
struct second_in_nested {
  struct {
    int a;
    int* b;
  } in;
};
static_assert(nature_of<second_in_nested> == nature::address);
struct arr {
  int* p[4];
};
static_assert(nature_of<arr> == nature::address);
struct arr2 {
  int x;
  int* p[4][2];
};
static_assert(nature_of<arr2> == nature::address);
struct sarr {
  std::array<char*, 3> p;
};
static_assert(nature_of<sarr> == nature::address);
struct fn {
  void (*f)();
};
static_assert(nature_of<fn> == nature::address);
struct mem {
  int pose::*f;
};
static_assert(nature_of<mem> == nature::address);
struct sv {
  std::string_view s;
};
static_assert(nature_of<sv> == nature::address);
struct sv2 {
  int a;
  std::string_view s;
};
static_assert(nature_of<sv2> == nature::address);
struct sp {
  int a;
  std::span<int> s;
  int b;
};
static_assert(nature_of<sp> == nature::address);
struct sp3 {
  std::span<int, 3> s;
};
static_assert(nature_of<sp3> == nature::address);
struct op {
  std::optional<int> s;
};
static_assert(!plain<op>);
struct ref {
  int& r;
  int b;
};
static_assert(!plain<ref>);
struct cref {
  int const& r;
  int b;
};
static_assert(!plain<cref>);
struct priv {
  priv() = default;

 private:
  [[maybe_unused]] int a;
};
static_assert(nature_of<priv> == nature::unknown);
struct has_priv {
  int a;
  priv p;
  int c;
};
static_assert(nature_of<has_priv> == nature::unknown);
struct has_priv2 {
  priv p[3];
};
static_assert(nature_of<has_priv2> == nature::unknown);
struct base {
  int a;
};
struct derived : base {
  double b;
};
static_assert(plain<derived>);
struct pbase {
  int* a;
};
struct pderived : pbase {
  double b;
};
static_assert(nature_of<pderived> == nature::address);
struct defaults {
  int a = 1;
  double b = 2;
  char text[16] = "x";
};
static_assert(plain<defaults>);
struct bits {
  unsigned a : 3;
  unsigned b : 5;
};
static_assert(plain<bits>);
struct empty {};
static_assert(plain<empty>);
union u {
  int a;
  float b;
};
static_assert(nature_of<u> == nature::unknown);
struct alignas(64) vec {
  float v[16];
};
static_assert(plain<vec>);
struct multi {
  int m[3][4];
  double d;
};
static_assert(plain<multi>);
static_assert(!plain<std::string> && !plain<int*> && !plain<std::nullptr_t> && !plain<void> && !plain<int&>);
struct s2 {
  std::string s;
};
static_assert(!plain<s2>);

struct voucher {
  voucher() = default;
  explicit voucher(int);
  voucher(char const*);

 private:
  int a;
};
}  // namespace
template <>
inline constexpr bool quoit::vouched<voucher> = true;
namespace {
struct hv {
  int a;
  voucher v;
  int b;
  voucher w[3];
  voucher x;
};
static_assert(plain<hv>);
struct hvp {
  int a;
  voucher v;
  int b;
  voucher w[3];
  voucher x;
  int* p;
};
static_assert(nature_of<hvp> == nature::address);
struct hve {
  empty e;
  int a;
};
static_assert(plain<hve>);
struct many {
  int a[2];
  std::chrono::nanoseconds b;
  int c;
  std::chrono::nanoseconds d;
  int e;
  std::chrono::nanoseconds f;
  int g;
};
static_assert(plain<many>);
struct dbl {
  double a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z;
  void* last;
};
static_assert(nature_of<dbl> == nature::address);

// Members that cannot be initialised from anything, as a guard against conversions: what is behind them counts.
struct strict {
  strict() = default;
  template <class T>
  strict(T) = delete;
  char const* hidden;
};
struct guarded {
  int a;
  strict s;
};
static_assert(!plain<guarded>);
struct guarded_before_pointer {
  int a;
  strict s;
  int* visible;
};
static_assert(!plain<guarded_before_pointer>);
class closed_class {
  template <class T>
  closed_class(T);

 public:
  closed_class() = default;
  void* p;
};
struct has_closed {
  int a;
  closed_class c;
};
static_assert(!plain<has_closed>);
struct guarded_base : std::chrono::nanoseconds, strict {};
static_assert(!plain<guarded_base>);
struct pointed {
  int* p;
};
static_assert(!plain<std::chrono::duration<pointed>>);

}  // namespace

BOOST_AUTO_TEST_SUITE(plain_test)

BOOST_AUTO_TEST_CASE(types_with_addresses_are_told_from_those_without) { BOOST_TEST(plain<big>); }

BOOST_AUTO_TEST_SUITE_END()
