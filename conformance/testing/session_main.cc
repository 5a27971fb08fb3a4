// The main program of tests that trace by themselves.

#include "conformance/testing/session.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  return conformance::RunAllTestsInOwnSession();
}
