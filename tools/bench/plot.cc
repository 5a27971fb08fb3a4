// Bars in SVG.

#include "tools/bench/plot.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "tools/bench/names.h"
#include "tools/bench/results.h"

namespace bench {
namespace {

std::string Escape(absl::string_view text) {
  return absl::StrReplaceAll(text,
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

}  // namespace

std::string HandOverPlot(const Results& results) {
  std::vector<const Figure*> bars;
  for (const Figure& figure : results.figures) {
    if (figure.work == kHandOver) bars.push_back(&figure);
  }
  std::sort(bars.begin(), bars.end(), [](const Figure* a, const Figure* b) {
    return a->value < b->value;
  });
  constexpr int kRow = 26;
  constexpr int kLeft = 240;
  constexpr int kWidth = 420;
  constexpr int kTop = 56;
  const int height = kTop + kRow * static_cast<int>(bars.size()) + 40;
  double longest = 10;
  for (const Figure* bar : bars) longest = std::max(longest, bar->value);
  const double decades = std::ceil(std::log10(longest));
  const auto position = [&](double value) {
    return kLeft + kWidth * std::log10(std::max(value, 1.0)) / decades;
  };
  std::string svg = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
      "font-family=\"sans-serif\" font-size=\"13\">\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
      "<text x=\"12\" y=\"24\" font-size=\"16\" fill=\"#222\">From one's "
      "release to the next one's acquisition, median</text>\n",
      kLeft + kWidth + 100, height);
  for (int decade = 0; decade <= static_cast<int>(decades); ++decade) {
    const double x = position(std::pow(10, decade));
    const double value = std::pow(10, decade);
    const std::string label =
        value >= 1e6   ? absl::StrFormat("%.0f s", value / 1e6)
        : value >= 1e3 ? absl::StrFormat("%.0f ms", value / 1e3)
                       : absl::StrFormat("%.0f µs", value);
    absl::StrAppendFormat(
        &svg,
        "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>\n"
        "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#666\">%s"
        "</text>\n",
        x, kTop - 8, x, height - 32, x, height - 14, label);
  }
  int y = kTop;
  for (const Figure* bar : bars) {
    const bool ours = absl::StrContains(bar->variant, "LockFile");
    absl::StrAppendFormat(
        &svg,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#222\">%s</text>\n"
        "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n"
        "<text x=\"%.1f\" y=\"%d\" fill=\"#222\">%s</text>\n",
        kLeft - 8, y + 14, Escape(bar->variant), kLeft, y + 2,
        std::max(1.0, position(bar->value) - kLeft), kRow - 8,
        ours ? "#1b7f4d" : "#8aa4c8", position(bar->value) + 6, y + 14,
        Quantity(bar->value, bar->unit));
    y += kRow;
  }
  return absl::StrCat(svg, "</svg>\n");
}

}  // namespace bench
