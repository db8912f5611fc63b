from django.contrib.auth import views as auth
from django.urls import path

from bakery import views

urlpatterns = [
    path("", views.shop, name="shop"),
    path("basket/", views.basket, name="basket"),
    path("account/", views.account, name="account"),
    path("join/", views.join, name="join"),
    path("sign-in/", auth.LoginView.as_view(template_name="form.html", extra_context=views.SIGN_IN), name="sign-in"),
    path("sign-out/", auth.LogoutView.as_view(), name="sign-out"),
    path(
        "password/",
        auth.PasswordChangeView.as_view(
            template_name="form.html", success_url="/account/", extra_context=views.PASSWORD
        ),
        name="password",
    ),
]
